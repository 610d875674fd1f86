// The engine's migrations as plain SQL, for an application whose own tool is to apply them: one transaction, no commands of psql.

import { escapeLiteral } from "pg";
import { createLedger } from "./applied.ts";
import { migrationNumber, type SqlFile, schemasOf } from "./files.ts";
import type { Part } from "./index.ts";
import { type Library, QUEUE_MARK } from "./library.ts";
import { OPEN_TO_ALL } from "./revoke.ts";

interface QueueSql {
  /** By file name, NNNNNN.sql; `:GRAPHILE_WORKER_SCHEMA` stands for the schema. */
  readonly migrations: Readonly<Record<string, string>>;
  readonly breaking: readonly number[];
}

/**
 * What brings a database from the engine's migration `from` (0: from nothing) to this code. It ends with the rows of the ledger, so
 * that `steward migrate` then finds nothing to do.
 */
export async function printMigrations({ files, ledger, library }: Part, from: number): Promise<string> {
  const fresh = files.filter(({ kind, name }) => kind === "migration" && migrationNumber(name) > from);
  const functions = files.filter(({ kind }) => kind === "function");
  const applied = [...(library ? [library.applied] : []), ...fresh, ...functions];
  return [
    `-- The schema of Steward, from ${from === 0 ? "nothing" : `migration ${from}`} to migration ${migrationNumber(files.findLast(({ kind }) => kind === "migration")?.name ?? "")}.`,
    "-- Printed by steward migrate --sql. Apply it as the role that is to own it. A tool that makes a transaction of its own",
    "-- around each file (Flyway, Drizzle) needs it without the first and the last statement, begin and commit.",
    "begin;",
    "set local search_path = '';",
    "set local client_min_messages = warning;",
    "set local check_function_bodies = off;",
    createLedger(ledger),
    ...(library ? await printQueue(library) : []),
    ...[...fresh, ...functions].map(({ name, sql }) => `\n-- ${name}\n${sql.trimEnd()}`),
    printRevoke(files),
    printLedger(ledger, applied),
    "commit;",
    "",
  ].join("\n");
}

/** graphile-worker's own migrations, each of which is passed over where the database has it. */
async function printQueue({ schema }: Library): Promise<string[]> {
  const { migrations, breaking } = await queueSql();
  const each = Object.entries(migrations).map(([file, sql]) => {
    const id = Number.parseInt(file, 10);
    const body = [
      "begin",
      `  if not exists (select from ${schema}.migrations where id = ${id}) then`,
      `    insert into ${schema}.migrations (id, breaking) values (${id}, ${breaking.includes(id)});`,
      `    execute ${quote(sql.replaceAll(/:GRAPHILE_WORKER_SCHEMA\b/g, `"${schema}"`), "queue")};`,
      "  end if;",
      "end",
    ].join("\n");
    return `do ${quote(body, "steward")};`;
  });
  return [
    "\n-- graphile-worker's queue, from its own migrations",
    `do ${quote(makeSchema(schema), "steward")};`,
    `create table if not exists ${schema}.migrations (id int primary key, ts timestamptz default now() not null);`,
    `alter table ${schema}.migrations add column if not exists breaking boolean not null default false;`,
    // graphile-worker's functions name types and functions of Postgres only, and everything of its own with its schema.
    "set local search_path = pg_catalog, pg_temp;",
    ...each,
    "set local search_path = '';",
  ];
}

/** Marked where it was not there: uninstalling drops it then. */
function makeSchema(schema: string): string {
  return [
    "begin",
    `  if to_regnamespace('${schema}') is null then`,
    `    create schema ${schema};`,
    `    comment on schema ${schema} is ${escapeLiteral(QUEUE_MARK)};`,
    "  end if;",
    "end",
  ].join("\n");
}

/** The library exports none of it, so its files are read where they lie; its version is pinned, and a test runs the result. */
async function queueSql(): Promise<QueueSql> {
  const at = (file: string) => new URL(file, import.meta.resolve("graphile-worker")).href;
  const { migrations } = (await import(at("generated/sql.js"))) as { migrations: QueueSql["migrations"] };
  const { BREAKING_MIGRATIONS } = (await import(at("lib.js"))) as { BREAKING_MIGRATIONS: readonly number[] };
  return { migrations, breaking: BREAKING_MIGRATIONS };
}

function printRevoke(files: readonly SqlFile[]): string {
  const schemas = schemasOf(files).map((name) => `'${name}'`);
  const body = [
    "declare",
    "  v_statement text;",
    "begin",
    `  for v_statement in select definition from (${OPEN_TO_ALL.replace("$1", `array[${schemas.join(", ")}]`)}) f loop`,
    "    execute v_statement;",
    "  end loop;",
    "end",
  ].join("\n");
  return `\n-- Postgres lets everybody call a new function. These are called by whom they are granted to.\ndo ${quote(body, "steward")};`;
}

function printLedger(ledger: string, applied: readonly { kind: string; name: string; sha256: string }[]): string {
  const rows = applied.map(({ kind, name, sha256 }) => `  ('${kind}', '${name}', '${sha256}')`).join(",\n");
  return `\ninsert into ${ledger}.applied (kind, name, sha256) values\n${rows}\non conflict (kind, name) do update set sha256 = excluded.sha256, applied_at = now();`;
}

/** A dollar-quoted text whose mark does not occur in it. */
function quote(text: string, word: string): string {
  let mark = `$${word}$`;
  for (let n = 1; text.includes(mark); n++) mark = `$${word}_${n}$`;
  return `${mark}\n${text}\n${mark}`;
}
