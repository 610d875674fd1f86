// An application's lifecycle definitions: SQL files that call steward.define_lifecycle and steward.attach. Each is applied when it is
// new or has changed since. A file that goes leaves what it defined; steward.drop_lifecycle and steward.detach take that away.
import type pg from "pg";
import { readApplied } from "./applied.ts";
import { applyFile, inTransaction, patiently } from "./apply.ts";
import { readLifecycles, type SqlFile } from "./files.ts";
import { withLock } from "./lock.ts";

/** Applies the folder's new and changed files by name, all in one transaction, and returns their names. ST824 when one fails. */
export async function applyLifecycles(client: pg.Client, folder: string, ledger: string): Promise<string[]> {
  const files = await readLifecycles(folder);
  if ((await findChanged(client, files, ledger)).length === 0) return [];
  const applied = await withLock(client, async () => {
    // Another process may have applied them while this one waited for the lock.
    const changed = await findChanged(client, files, ledger);
    const apply = async () => {
      for (const file of changed) await applyFile(client, ledger, file);
    };
    await patiently(() => inTransaction(client, apply));
    return changed;
  });
  return applied.map(({ name }) => name);
}

/** The files that the database does not have as they are. */
export async function findChanged(
  client: pg.Client,
  files: readonly SqlFile[],
  ledger: string,
): Promise<readonly SqlFile[]> {
  const before = new Map((await readApplied(client, ledger)).map((row) => [`${row.kind}/${row.name}`, row.sha256]));
  return files.filter(({ kind, name, sha256 }) => before.get(`${kind}/${name}`) !== sha256);
}
