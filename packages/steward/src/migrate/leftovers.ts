// Functions that are in the database and no longer in the code: a file that is gone, or a signature that changed without a drop.
import type pg from "pg";
import type { SqlFile } from "./files.ts";

const MADE = /^\s*create (?:or replace )?(?:function|procedure) (\w+\.\w+)/gim;

/** Names of the functions that the files make. */
export function madeFunctions(files: readonly SqlFile[]): string[] {
  return files.flatMap(({ sql }) => Array.from(sql.matchAll(MADE), (match) => match[1] ?? ""));
}

/** Signatures of functions in the files' schemas that no file makes, and of every function whose name is there more than once. */
export async function findLeftovers(client: pg.Client, files: readonly SqlFile[]): Promise<string[]> {
  const made = madeFunctions(files);
  const { rows } = await client.query<{ signature: string }>(
    `select f.signature
     from (
       select p.oid::regprocedure::text as signature, n.nspname || '.' || p.proname as name,
              count(*) over (partition by n.nspname, p.proname) as overloads
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname in (select split_part(m, '.', 1) from unnest($1::text[]) m)
         and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
         -- What steward.attach made belongs to the attachment.
         and not exists (select from pg_trigger t where t.tgfoid = p.oid and t.tgname like '\\_900\\_steward\\_%')
     ) f
     where f.name <> all ($1::text[]) or f.overloads > 1
     order by f.signature`,
    [made],
  );
  return rows.map((row) => row.signature);
}
