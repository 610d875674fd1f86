// Whether a database has all that a worker of this code calls. It may have more, or newer: workers of the version before go on.
import { EngineError } from "../errors/index.ts";
import { isUnreachable } from "../unreachable.ts";
import { readApplied } from "./applied.ts";
import { withClient } from "./connect.ts";
import { ENGINE_LEDGER, enginePart } from "./index.ts";

/** Rejects with ST828 when a migration or a function of this code has never been applied. A database that is away is not asked. */
export async function requireComplete(connectionString: string): Promise<void> {
  const { files } = await enginePart();
  const names = await readNames(connectionString);
  const lacking = names && files.find(({ name }) => !names.has(name));
  if (lacking)
    throw new EngineError("ST828", {
      sentence: `The database has not been migrated to this code: it has never had ${lacking.name}.`,
    });
}

async function readNames(connectionString: string): Promise<ReadonlySet<string> | undefined> {
  try {
    return await withClient({ connectionString, application_name: "steward worker" }, async (client) => {
      const applied = await readApplied(client, ENGINE_LEDGER);
      return new Set(applied.map(({ name }) => name));
    });
  } catch (error) {
    if (isUnreachable(error)) return undefined;
    throw error;
  }
}
