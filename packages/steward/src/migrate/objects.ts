// What migrations made, remembered object by object, so that the ledger of files is not believed blindly: what was dropped, or
// lost on the way through a backup, is noticed. What holds no data is made again.
import type pg from "pg";
import { EngineError } from "../errors/index.ts";
import { LIST_OBJECTS } from "./objects-query.ts";

const MOST_NAMED = 5;

export interface DatabaseObject {
  readonly kind: string;
  readonly name: string;
  /** Makes it again; null for what holds data. */
  readonly definition: string | null;
}

/** The name of a function in its own name, its comment's or a grant's. */
const ROUTINE = /^(?:(?:execute on )?(?:function|routine) )?(\w+\.\w+)\(/;

const record = (ledger: string) => `
insert into ${ledger}.objects (kind, name, definition, place)
select * from unnest($1::text[], $2::text[], $3::text[], $4::integer[])
on conflict (kind, name) do update set definition = excluded.definition, place = excluded.place`;

const forget = (ledger: string) => `
delete from ${ledger}.objects o using unnest($1::text[], $2::text[]) as gone (kind, name)
where o.kind = gone.kind and o.name = gone.name`;

/** The schemas of one migrating: those that its files make, and graphile-worker's where it brings that too. */
export interface Schemas {
  readonly names: readonly string[];
  readonly queue: string | undefined;
}

/** What is in these schemas, in an order in which it can be made. */
export async function listObjects(client: pg.Client, { names, queue }: Schemas): Promise<DatabaseObject[]> {
  if (queue === undefined) return (await client.query<DatabaseObject>(LIST_OBJECTS, [names])).rows;
  const { rows } = await client.query<DatabaseObject>(LIST_OBJECTS, [[queue, ...names]]);
  return [...rows, ...(await queueVersions(client, queue))];
}

/** Rows of the queue's own ledger: without them its next start would make everything a second time, and fail. */
async function queueVersions(client: pg.Client, queue: string): Promise<DatabaseObject[]> {
  const { rows: found } = await client.query("select from pg_class where oid = to_regclass($1)", [
    `${queue}.migrations`,
  ]);
  if (found.length === 0) return [];
  const { rows } = await client.query<DatabaseObject>(
    `select 'row' as kind, format('%s.migrations %s', $1::text, m.id) as name,
            format('insert into %s.migrations (id, breaking) values (%s, %L)', $1::text, m.id, m.breaking) as definition
     from ${queue}.migrations m order by m.id`,
    [queue],
  );
  return rows;
}

/**
 * Remembers what an application of files made and changed, and forgets what it dropped, with the functions that no file makes
 * any more. What others made in our schemas meanwhile is not ours.
 */
export async function recordObjects(
  client: pg.Client,
  ledger: string,
  { functions, queue }: { readonly functions: readonly string[]; readonly queue: string | undefined },
  before: readonly DatabaseObject[],
  after: readonly DatabaseObject[],
): Promise<void> {
  const known = keys(await recorded(client, ledger));
  const [had, has] = [keys(before), keys(after)];
  const isAbandoned = ({ name }: DatabaseObject) => {
    const routine = ROUTINE.exec(name)?.[1];
    return routine !== undefined && !routine.startsWith(`${queue}.`) && !functions.includes(routine);
  };
  const ours = after.flatMap((object, place) =>
    (known.has(key(object)) || !had.has(key(object))) && !isAbandoned(object) ? [{ ...object, place }] : [],
  );
  const gone = [...before.filter((object) => !has.has(key(object))), ...after.filter(isAbandoned)];
  const column = <K extends keyof (typeof ours)[number]>(name: K) => ours.map((object) => object[name]);
  await client.query(record(ledger), [column("kind"), column("name"), column("definition"), column("place")]);
  await client.query(forget(ledger), [gone.map(({ kind }) => kind), gone.map(({ name }) => name)]);
}

/** What was made and is not there any more. A database whose first migration was cut off remembers nothing yet. */
export async function findMissing(client: pg.Client, ledger: string, schemas: Schemas): Promise<DatabaseObject[]> {
  const { rows } = await client.query("select from pg_class where oid = to_regclass($1)", [`${ledger}.objects`]);
  if (rows.length === 0) return [];
  const present = keys(await listObjects(client, schemas));
  return (await recorded(client, ledger)).filter((object) => !present.has(key(object)));
}

/** True when nothing of the queue is there: then its library makes it anew. */
export async function hasNoQueue(client: pg.Client, queue: string): Promise<boolean> {
  const { rows } = await client.query("select from pg_namespace where nspname = $1", [queue]);
  return rows.length === 0;
}

/** ST830 or ST831 when something is missing that held data. */
export function refuseLoss(missing: readonly DatabaseObject[], queue: string | undefined): void {
  const lost = missing.filter(({ definition }) => definition === null);
  const tables = lost.filter(({ kind }) => kind === "table").map(({ name }) => name);
  // A table's columns go without saying.
  const told = lost.filter(
    ({ kind, name }) => kind !== "column" || !tables.some((table) => name.startsWith(`${table}.`)),
  );
  if (told.length === 0) return;
  const isQueue = told.every(({ name }) => name.startsWith(`${queue}.`));
  throw new EngineError(isQueue ? "ST831" : "ST830", {
    sentence: `The database lacks ${naming(told)}, which migrations made.`,
  });
}

/** The first few by name, and how many more there are. */
export function naming(objects: readonly DatabaseObject[]): string {
  const first = objects.slice(0, MOST_NAMED).map(({ kind, name }) => `${kind} ${name}`);
  const others = objects.length - first.length;
  return `${first.join(", ")}${others > 0 ? ` and ${others} more` : ""}`;
}

/** What was made, as remembered. */
export async function recorded(client: pg.Client, ledger: string): Promise<DatabaseObject[]> {
  const { rows } = await client.query<DatabaseObject>(
    `select kind, name, definition from ${ledger}.objects order by place`,
  );
  return rows;
}

function keys(objects: readonly DatabaseObject[]): Set<string> {
  return new Set(objects.map(key));
}

function key({ kind, name }: DatabaseObject): string {
  return `${kind} ${name}`;
}
