// Our own rules for the files of db/, where no linter has them.
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hasSqlDetails, loadModule, parsePlPgSQLSync, parseSync } from "libpg-query";

const NO_TRANSACTION = /^-- no transaction\b/m;

/** Everything that is wrong in db/migrations and db/functions, one line each: `file: what`. */
export async function lintSql(): Promise<string[]> {
  await loadModule();
  const functions = globSync("db/functions/*/*.sql").toSorted();
  const names = functions.map((file) => file.slice("db/functions/".length, -".sql".length).replace(/[/\\]/, "."));
  const problems = await Promise.all([
    ...globSync("db/migrations/*.sql").map((file) => check(file, (sql) => checkMigration(sql, names))),
    ...functions.map((file, index) => check(file, (sql) => checkFunction(sql, names[index] ?? ""))),
  ]);
  return problems.flat().sort();
}

async function check(file: string, rules: (sql: string) => string[]): Promise<string[]> {
  const sql = await readFile(file, "utf8");
  try {
    parseSync(sql);
    return rules(sql).map((problem) => `${file}: ${problem}`);
  } catch (error) {
    const line = hasSqlDetails(error) ? sql.slice(0, error.sqlDetails?.cursorPosition).split("\n").length : 1;
    return [`${file}:${line}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function checkMigration(sql: string, functions: readonly string[]): string[] {
  const problems: string[] = [];
  if (!sql.startsWith("--")) problems.push("begins with a comment that says why, and what it locks for how long");
  const count = parseSync(sql).stmts?.length ?? 0;
  if (NO_TRANSACTION.test(sql) && count !== 1)
    problems.push("without a transaction a file holds one statement only, so that nothing is ever half done");
  // An applied migration never changes; what it calls must not either. It may drop a function whose signature changed.
  const code = sql.replaceAll(/--.*|'(?:[^']|'')*'|\bdrop function\b[^;]*/g, "");
  for (const name of functions)
    if (code.includes(`${name}(`)) problems.push(`calls ${name}, which lives in db/functions and may change`);
  return problems;
}

function checkFunction(sql: string, name: string): string[] {
  const problems: string[] = [];
  if (/^language plpgsql$/m.test(sql)) parsePlPgSQLSync(sql);
  if (!sql.includes(`function ${name}(`) && !sql.includes(`procedure ${name}(`))
    problems.push(`holds the function ${name} and no other`);
  return problems;
}
