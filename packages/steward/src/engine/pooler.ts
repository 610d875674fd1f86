// Tells whether a connection goes through a transaction pooler, where a session lock belongs to nobody in particular.
import pg from "pg";

/** Two sessions that are open at the same time have two server processes, unless a pooler lends one to both. */
export async function isPooled(first: pg.Client, connectionString: string): Promise<boolean> {
  const second = new pg.Client({ connectionString, connectionTimeoutMillis: 4_000 });
  second.on("error", () => undefined); // the query under way fails, which is where it is dealt with
  await second.connect();
  try {
    return (await backendOf(first)) === (await backendOf(second));
  } finally {
    await second.end();
  }
}

async function backendOf(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid;
}

/** The same, before there is a connection. A Postgres that is away now is taken for a direct one. */
export async function isBehindPooler(connectionString: string): Promise<boolean> {
  const first = new pg.Client({ connectionString, connectionTimeoutMillis: 4_000 });
  first.on("error", () => undefined); // the query under way fails, which is where it is dealt with
  try {
    await first.connect();
    return await isPooled(first, connectionString);
  } catch {
    return false;
  } finally {
    await first.end().catch(() => undefined);
  }
}
