// What a database has had applied: one row per migration, per function file, and one for graphile-worker's own schema.
import type pg from "pg";
import type { Kind, SqlFile } from "./files.ts";

export interface Applied {
  readonly kind: Kind | "library";
  readonly name: string;
  readonly sha256: string;
}

/** `ledger` is the schema that the list lies in: the engine's and an application's are two. */
export const createLedger = (ledger: string) => `
create schema if not exists ${ledger};
create table if not exists ${ledger}.applied (
  kind text not null check (kind in ('migration', 'function', 'lifecycle', 'library')),
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default now(),
  primary key (kind, name)
);
comment on table ${ledger}.applied is 'One row for each SQL file that this database has, and one for each library that keeps a schema here.';
comment on column ${ledger}.applied.kind is 'migration: applied once, never edited. function, lifecycle: applied again whenever it changes. library: migrates its own schema.';
comment on column ${ledger}.applied.name is 'Path of the file inside its folder, or the name of the library.';
comment on column ${ledger}.applied.sha256 is 'SHA-256 of the file as it was applied; of a library its version and its schema.';
comment on column ${ledger}.applied.applied_at is 'When it was applied last.';
create table if not exists ${ledger}.objects (
  kind text not null,
  name text not null,
  definition text,
  place integer not null,
  primary key (kind, name)
);
comment on table ${ledger}.objects is
  'One row for each object that the applied files and libraries made, so that migrating notices what is missing, and makes it again.';
comment on column ${ledger}.objects.kind is 'What it is: table, index, function, grant, ...';
comment on column ${ledger}.objects.name is 'Its name, with its schema.';
comment on column ${ledger}.objects.definition is 'The statement that makes it again; null for what holds data.';
comment on column ${ledger}.objects.place is 'Smaller is made first.';`;

/** Makes the table if it is not there yet; call under the lock. */
export async function createApplied(client: pg.Client, ledger: string): Promise<void> {
  await client.query(createLedger(ledger));
}

/** What was applied so far; nothing where the table is not there yet. */
export async function readApplied(client: pg.Client, ledger: string): Promise<Applied[]> {
  const { rows: found } = await client.query("select from pg_class where oid = to_regclass($1)", [`${ledger}.applied`]);
  if (found.length === 0) return [];
  const { rows } = await client.query<Applied>(`select kind, name, sha256 from ${ledger}.applied order by kind, name`);
  return rows;
}

/** Notes that this was applied, replacing an earlier note of the same kind and name. */
export async function recordApplied(client: pg.Client, ledger: string, applied: Applied | SqlFile): Promise<void> {
  await client.query(
    `insert into ${ledger}.applied (kind, name, sha256) values ($1, $2, $3)
     on conflict (kind, name) do update set sha256 = excluded.sha256, applied_at = now()`,
    [applied.kind, applied.name, applied.sha256],
  );
}

/** Forgets function files that are gone, so that one that comes back is applied again. */
export async function forgetFunctions(client: pg.Client, ledger: string, names: readonly string[]): Promise<void> {
  await client.query(`delete from ${ledger}.applied where kind = 'function' and name = any($1)`, [names]);
}
