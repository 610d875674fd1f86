// The database that a command works on: DATABASE_URL, or the embedded Postgres of this folder, which is started if it does not run.
import type pg from "pg";
import { attachEmbedded } from "../embedded/client.ts";
import { withClient } from "../migrate/connect.ts";
import type { Setting } from "./index.ts";

export interface AttachedDatabase {
  /** The owner's connection string. */
  readonly url: string;
  readonly isEmbedded: boolean;
  /** Gives the embedded Postgres up; it stops when nobody uses it any more. */
  release(): Promise<void>;
}

export async function attachDatabase({ databaseUrl, engine, embedded }: Setting): Promise<AttachedDatabase> {
  if (databaseUrl !== undefined) return { url: databaseUrl, isEmbedded: false, release: async () => undefined };
  const { services, release } = await attachEmbedded(
    engine.dataDir,
    embedded === undefined ? {} : { starters: embedded },
  );
  return { url: services.postgres.databaseUrl, isEmbedded: true, release };
}

/** Lends `work` one connection. */
export async function withDatabase<T>(setting: Setting, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const database = await attachDatabase(setting);
  try {
    return await withClient({ connectionString: database.url, application_name: "steward command" }, work);
  } finally {
    await database.release();
  }
}
