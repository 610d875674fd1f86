// One connection of our own, as migrations need it: everything in one session.
import pg from "pg";
import { sessionSql } from "../session-settings.ts";

/** Lends `work` a connection and closes it. A connection that breaks fails the query that runs on it, not the process. */
export async function withClient<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(config);
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(sessionSql());
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
