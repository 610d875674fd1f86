// A schema of a name of ours that somebody else made, or whose ledger was lost: nothing of ours may be put into it.
import type pg from "pg";
import { EngineError } from "../errors/index.ts";
import { readApplied } from "./applied.ts";
import { type SqlFile, schemasOf } from "./files.ts";

/** ST833 when no migration was ever applied here, and yet one of the schemas that they make is there. */
export async function refuseStrangers(
  client: pg.Client,
  { files, ledger }: { readonly files: readonly SqlFile[]; readonly ledger: string },
): Promise<void> {
  const applied = await readApplied(client, ledger);
  if (applied.some(({ kind }) => kind === "migration")) return;
  const { rows } = await client.query<{ name: string }>(
    "select nspname as name from pg_namespace where nspname = any ($1) and nspname <> $2",
    [schemasOf(files), ledger],
  );
  const name = rows[0]?.name;
  if (name === undefined) return;
  throw new EngineError("ST833", { sentence: `The schema ${name} is there, and Steward has not made it.` });
}
