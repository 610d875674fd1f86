// Waiting for a run to end, on behalf of a request that would rather wait than poll.
import type { PgClient, WithPgClient } from "postgraphile/@dataplan/pg";
import type { Wakeups } from "./wakeups.ts";

/** Between two looks, should a message be lost. */
const LONGEST_PAUSE_MS = 1_000;

/** Resolves when something of `id` changed, after `ms` at the latest, or when `signal` is aborted. */
export function waitForChange(wakeups: Wakeups, id: string, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      unwatch();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, LONGEST_PAUSE_MS));
    const unwatch = wakeups.watch(id, done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

interface Waiting {
  readonly runId: string;
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly wakeups: Wakeups;
  readonly withPgClient: WithPgClient;
  readonly pgSettings: Record<string, string | undefined>;
}

/** Resolves when the run has ended, the time is up or the client has gone: whoever reads on sees which. */
export async function waitForEnd({ runId, waitMs, signal, wakeups, withPgClient, pgSettings }: Waiting): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const left = deadline - performance.now();
    if (left <= 0 || signal.aborted) return;
    // Watched before the look, so that what happens in between is not missed.
    const looked = new AbortController();
    const changed = waitForChange(wakeups, runId, left, AbortSignal.any([signal, looked.signal]));
    const isOver = await withPgClient(pgSettings, (client) => hasEnded(client, runId)).catch((error: unknown) => {
      looked.abort();
      throw error;
    });
    if (isOver) return looked.abort();
    await changed;
  }
}

async function hasEnded(client: PgClient, runId: string): Promise<boolean> {
  const { rows } = await client.query({
    name: "run-has-ended",
    text: "select from steward.runs r where r.id = $1 and r.status in ('pending', 'running')",
    values: [runId],
  });
  return rows.length === 0;
}
