// npm run lint: format (biome), code (oxlint with types), migrations (squawk), and our own rules for SQL files. Silent where all is well.
import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { delimiter, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { lintSql } from "./lint-sql.ts";

interface Outcome {
  readonly name: string;
  /** What is wrong, for a person; empty when nothing is. */
  readonly problems: string;
}

const bin = join(import.meta.dirname, "../node_modules/.bin");
const outcomes = await Promise.all([
  run("biome", ["check", "--error-on-warnings", "--reporter=summary"], "npm run format"),
  run("oxlint", ["--type-aware", "--deny-warnings"]),
  run("squawk", ["--config", ".squawk.toml", ...globSync("db/migrations/*.sql").toSorted()]),
  lintSql().then((problems) => ({ name: "sql", problems: problems.join("\n") })),
]);
for (const { name, problems } of outcomes) console.log(problems === "" ? `ok   ${name}` : `FAIL ${name}\n${problems}`);
process.exitCode = outcomes.some(({ problems }) => problems !== "") ? 1 : 0;

function run(name: string, args: string[], fixedBy?: string): Promise<Outcome> {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
  return new Promise((done) => {
    execFile(join(bin, name), args, { env, maxBuffer: 64e6 }, (error, stdout, stderr) => {
      const hint = fixedBy === undefined ? "" : `\nMost of it is put right by: ${fixedBy}`;
      done({
        name,
        problems: error === null ? "" : stripVTControlCharacters(`${stdout}${stderr || error.message}${hint}`.trim()),
      });
    });
  });
}
