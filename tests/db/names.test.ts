// Names that stand in several places must agree: functions and their files, tasks in SQL and in tasks/, error codes in SQL, code and docs.
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { declaredErrors } from "steward/errors";
import "../../server/errors.ts";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";

const FUNCTIONS = "{db,packages/steward/sql}/functions/*/*.sql";
const test = suite("names");
let database: TestDatabase;

test.before(async () => {
  database = await createDatabase();
});
test.after(() => database.close());

test("one function per file of functions/, under its own name, and no function without one", async () => {
  const inFolder = globSync(FUNCTIONS).map((file) => file.split("/").slice(-2).join(".").slice(0, -".sql".length));
  // What a default, a CHECK or an index needs is made by the migration that needs it.
  const inMigrations = matches(
    "{db,packages/steward/sql}/migrations/*.sql",
    /^create (?:or replace )?function ((?:app_public|app_private|steward|steward_private)\.\w+)/gm,
  );
  const present = await column(
    `select n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname in ('app_public', 'app_private', 'steward', 'steward_private')`,
  );
  assert.equal(present, [...inFolder, ...inMigrations].sort());
});

test("every function file states its volatility and holds nothing that has state", () => {
  for (const file of globSync(FUNCTIONS)) {
    const sql = readFileSync(file, "utf8");
    assert.match(sql, /^(volatile|stable|immutable)\b/m, `${file} does not state its volatility`);
    assert.match(sql, /^create or replace (function|procedure)/m, `${file} cannot be applied twice`);
    assert.not.match(
      sql,
      /^(create (table|type|index|policy|schema)|alter table|drop (?!trigger if exists))\b/m,
      `${file} belongs into a migration`,
    );
  }
});

test("tasks named in SQL are the files of tasks/", async () => {
  const files = globSync("tasks/*.ts").map((file) => basename(file, ".ts"));
  const steps = await column("select distinct task from steward.lifecycle_steps");
  const enqueued = matches(
    "{db,packages/steward/sql}/**/*.sql",
    /\badd_jobs?\(\s*(?:array_agg\(\s*\(\s*)?'([\w-]+)'\s*,/g,
  );
  const scheduled = existsSync("crontab") ? matches("crontab", /^(?!#)(?:\S+ ){5}([\w-]+)/gm) : [];
  assert.equal([...new Set([...steps, ...enqueued, ...scheduled])].sort(), files.sort());
});

test("every code raised in SQL is declared", () => {
  const raised = matches("{db,packages/steward/sql}/**/*.sql", /'(ST\d+)'/g);
  assert.equal(
    raised.filter((code) => !declaredErrors().has(code)),
    [],
  );
});

test("docs/errors.md has one row for each code, with its sentence, and none besides", () => {
  const rows = readFileSync("docs/errors.md", "utf8").matchAll(/^\| (ST\d+) \| ([^|]+) \|/gm);
  const documented = Object.fromEntries(Array.from(rows, ([, code, sentence]) => [code, sentence?.trim()]));
  const registered = Object.fromEntries(Array.from(declaredErrors(), ([code, { sentence }]) => [code, sentence]));
  assert.equal(documented, registered);
});

function matches(pattern: string, regex: RegExp): string[] {
  const texts = globSync(pattern).map((file) => readFileSync(file, "utf8"));
  return [...new Set(texts.flatMap((text) => Array.from(text.matchAll(regex), (match) => match[1] ?? "")))];
}

async function column(query: string): Promise<string[]> {
  const { rows } = await database.pool.query<string[]>({ text: query, rowMode: "array" });
  return rows.map(([value]) => value ?? "").sort();
}

test.run();
