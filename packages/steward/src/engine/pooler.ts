// Tells whether a connection goes through a transaction pooler, where a session lock belongs to nobody in particular.
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** In a busy pool a session may happen to be lent the same server process several times. */
const LOOKS = 20;
/** A pool of one server process has none for a second session while the first holds it. */
const HELD_MS = 2_000;

/**
 * A transaction pooler lends a session another server process while its last one is held by somebody else's transaction, and soon
 * anyway where others are at work.
 */
export async function isPooled(first: pg.Client, connectionString: string): Promise<boolean> {
  // A pooler makes up the process that it tells a client to cancel by.
  if ((await backendOf(first)) === (first as pg.Client & { processID?: number }).processID) return false;
  const second = new pg.Client({ connectionString, connectionTimeoutMillis: 4_000 });
  second.on("error", () => undefined); // the query under way fails, which is where it is dealt with
  await second.connect();
  try {
    for (let look = 0; look < LOOKS; look++) if (await isLent(first, second)) return true;
    return false;
  } finally {
    await second.end();
  }
}

/** Whether the first session gives its server process away, or gets another one, while the second has a transaction open. */
async function isLent(first: pg.Client, second: pg.Client): Promise<boolean> {
  const before = await backendOf(first);
  // One that takes turns would always come to the same.
  if ((await backendOf(first)) !== before) return true;
  await second.query("begin");
  const answer = backendOf(first);
  try {
    return (await backendOf(second)) === before || (await Promise.race([answer, sleep(HELD_MS)])) !== before;
  } finally {
    await second.query("rollback");
    await answer;
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
