// What the database knows of worker processes, and users who give them work.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { waitFor } from "./database.ts";
import type { TestWorker } from "./worker.ts";

const STARTED = { timeoutMs: 60_000 };

/** The present id of a worker process in steward_private.workers; undefined while it has none. */
export async function workerIdOf(pool: pg.Pool, pid: number): Promise<number | undefined> {
  const { rows } = await pool.query<{ id: number }>(
    "select max(id) as id from steward_private.workers where pid = $1",
    [pid],
  );
  return rows[0]?.id ?? undefined;
}

/** Waits until the process is known as a worker and returns its id. */
export function joined(pool: pg.Pool, worker: TestWorker): Promise<number> {
  return waitFor(() => workerIdOf(pool, worker.pid), { ...STARTED, what: `worker ${worker.pid}` });
}

let made = 0;

/** So many signups, one by one; returns the users' ids. */
export async function signUp(pool: pg.Pool, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const { rows } = await pool.query<{ id: string }>(
      "insert into app_public.users (username, email) values ($1, $1 || '@example.com') returning id",
      [`user.${process.pid}.${++made}`],
    );
    ids.push(String(rows[0]?.id));
  }
  return ids;
}

/** Waits until all runs have succeeded; throws with what is open when they do not. */
export async function allSucceeded(pool: pg.Pool, timeoutMs = 60_000): Promise<void> {
  const open = async () => {
    const { rows } = await pool.query<{ open: string }>(
      `select format('%s %s: %s %s (%s, %s)', r.kind, r.status, s.name, s.status, s.attempts, s.error_code) as open
       from steward.runs r join steward.steps s on s.run_id = r.id
       where r.status not in ('succeeded', 'cancelled') and s.status <> 'succeeded' limit 10`,
    );
    return rows.map((row) => row.open);
  };
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const left = await open();
    if (left.length === 0) return;
    if (performance.now() > deadline) throw new Error(`not done: ${left.join("; ")}`);
    await sleep(50);
  }
}
