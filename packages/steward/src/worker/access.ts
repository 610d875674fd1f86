// How the database is reached. While it is away this cannot be told, and is guessed.
import { isBehindPooler } from "../engine/pooler.ts";
import { withSettings } from "../session-settings.ts";

export interface Access {
  /** The database is behind a transaction pooler. */
  readonly isPooled: boolean;
  /** For graphile-worker's own command, which opens its connections itself. */
  readonly queueUrl: string;
}

/** Looks how the database is reached. */
export async function findAccess(databaseUrl: string): Promise<Access> {
  return { isPooled: await isBehindPooler(databaseUrl), queueUrl: await withSettings(databaseUrl) };
}
