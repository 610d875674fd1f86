// Tells whether a connection goes through a transaction pooler, where a session lock belongs to nobody in particular.
import pg from "pg";

/** Two sessions that are open at the same time have two server processes, unless a pooler lends one to both. */
export async function isPooled(first: pg.Client, connectionString: string): Promise<boolean> {
  const second = new pg.Client({ connectionString, connectionTimeoutMillis: 4_000 });
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
