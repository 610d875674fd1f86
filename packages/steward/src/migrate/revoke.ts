// Postgres lets everybody call a new function. Ours are called by those they are granted to; changing what Postgres does by default
// would change it for functions that are not ours too.
import type pg from "pg";
import type { DatabaseObject } from "./objects.ts";

export const OPEN_TO_ALL = `
select 'revoke' as kind, format('of function %s from public', p.oid::regprocedure) as name,
  format('revoke execute on routine %s from public', p.oid::regprocedure) as definition
from pg_proc p
where p.pronamespace in (select n.oid from pg_namespace n where n.nspname = any ($1))
  and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`;

/** Functions in these schemas that everybody may call, as after a restore without privileges. */
export async function openToAll(client: pg.Client, schemas: readonly string[]): Promise<DatabaseObject[]> {
  return (await client.query<DatabaseObject & { definition: string }>(OPEN_TO_ALL, [schemas])).rows;
}

/** Takes the functions in these schemas away from public. In the transaction that made them: they were never open. */
export async function revokeFromPublic(client: pg.Client, schemas: readonly string[]): Promise<void> {
  for (const { definition } of await openToAll(client, schemas)) await client.query(definition ?? "");
}
