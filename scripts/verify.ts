// npm run verify: makes what is generated anew (db/schema.sql). With --check or CI=true it changes nothing and fails on a difference.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { dumpSchema } from "../server/migrate/dump.ts";
import { createDatabase } from "../tests/helpers/database.ts";

const { values } = parseArgs({ options: { check: { type: "boolean", default: process.env.CI === "true" } } });
const database = await createDatabase();
try {
  await settle("db/schema.sql", await dumpSchema(database.ownerUrl));
} finally {
  await database.close();
}

async function settle(name: string, fresh: string): Promise<void> {
  const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const present = existsSync(file) ? await readFile(file, "utf8") : "";
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

function firstDifference(present: string, fresh: string): string {
  const [before, after] = [present.split("\n"), fresh.split("\n")];
  const line = after.findIndex((text, index) => text !== before[index]);
  const at = line === -1 ? after.length : line;
  return `line ${at + 1}\n- ${before[at] ?? "(end of file)"}\n+ ${after[at] ?? "(end of file)"}`;
}
