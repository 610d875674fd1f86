// npm run verify: makes what is generated anew (db/schema.sql, server/schema.graphql, the table of docs/errors.md). With --check or CI=true it changes nothing and fails on a difference.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { declaredErrors, type Retry } from "steward/errors";
import "../server/errors.ts";
import { exportSchema } from "steward/graphql/export";
import { dumpSchema } from "steward/migrate/dump";
import { graphqlApplication } from "../server/graphql/application.ts";
import { DUMPED } from "../server/migrate.ts";
import { createDatabase } from "../tests/helpers/database.ts";

const RETRY: Record<Retry, string> = {
  never: "no",
  later: "yes, after a pause",
  wait: "yes, using up no attempt",
  defer: "yes, using up no attempt",
  refused: "yes, using up no attempt",
};

const { values } = parseArgs({ options: { check: { type: "boolean", default: process.env.CI === "true" } } });
const database = await createDatabase();
try {
  await settle("db/schema.sql", () => dumpSchema(database.ownerUrl, DUMPED));
  await settle("server/schema.graphql", () => exportSchema(database.apiUrl, graphqlApplication));
  await settle("docs/errors.md", withErrorTable);
} finally {
  await database.close();
}

async function settle(name: string, generate: (present: string) => string | Promise<string>): Promise<void> {
  const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const present = existsSync(file) ? await readFile(file, "utf8") : "";
  const fresh = await generate(present);
  if (present === fresh) return console.log(`${name} is up to date`);
  if (!values.check) {
    await writeFile(file, fresh);
    return console.log(`${name} written`);
  }
  console.error(
    `${name} is out of date. Run npm run verify and commit the result.\n${firstDifference(present, fresh)}`,
  );
  process.exitCode = 1;
}

/** The table stands between two marks; what people write around it stays. */
function withErrorTable(present: string): string {
  const rows = Array.from(
    declaredErrors(),
    ([code, { sentence, next, retry, http }]) => `| ${[code, sentence, next, RETRY[retry], http ?? ""].join(" | ")} |`,
  );
  const table = [
    "| code | what happened | what to do | tried again | HTTP |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
  return present.replace(/(?<=<!-- errors -->\n\n).*(?=\n\n<!-- \/errors -->)/s, () => table);
}

function firstDifference(present: string, fresh: string): string {
  const [before, after] = [present.split("\n"), fresh.split("\n")];
  const line = after.findIndex((text, index) => text !== before[index]);
  const at = line === -1 ? after.length : line;
  return `line ${at + 1}\n- ${before[at] ?? "(end of file)"}\n+ ${after[at] ?? "(end of file)"}`;
}
