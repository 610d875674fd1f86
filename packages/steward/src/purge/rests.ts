// What comes between two batches: nothing, or with the gentle pace a moment for others and a look at what they feel.
import { setTimeout as delay } from "node:timers/promises";
import { createRestraint, type Felt } from "./restraint.ts";
import type { PurgeIo } from "./types.ts";

export interface Rests {
  /** Before the first batch. */
  begin(): Promise<void>;
  /** Of so many rows, how many the next batch may take. */
  most(rows: number): number;
  /** Runs a batch, and gathers what comes next beside it or after it. */
  around<T>(batch: () => Promise<T>, gather: () => Promise<void>): Promise<T>;
}

/** Looks before the first batch: what is usual? */
const FIRST_LOOKS = 9;
const LOOK_MS = 5;

/** As fast as short statements allow. */
export const FAST: Rests = {
  begin: async () => undefined,
  most: (rows) => rows,
  async around(batch, gather) {
    const gathered = gather();
    gathered.catch(() => undefined); // awaited once nothing acts any more
    const result = await batch();
    await gathered;
    return result;
  },
};

/** A transaction that changes nothing, and whose commit waits for the disk as everybody's does; and how many wait for the log or for a lock. */
const FEEL = `
select pg_logical_emit_message(true, 'steward', ''), (
  select count(*)::int from pg_stat_activity
  where datname = current_database() and state = 'active' and (wait_event_type = 'Lock' or wait_event ~* '^wal(write|sync|insert)')
) as waiting`;

/** Holds back as much as it takes for others not to feel it. */
export function gentle(pool: PurgeIo["pool"]): Rests {
  const restraint = createRestraint();
  return {
    async begin() {
      for (let look = 0; look < FIRST_LOOKS; look++) {
        restraint.noteUsual(await feel(pool));
        await delay(LOOK_MS);
      }
    },
    most: restraint.most,
    async around(batch, gather) {
      const begun = performance.now();
      const result = await batch();
      const tookMs = performance.now() - begun;
      restraint.noteAfterBatch(await feel(pool));
      await gather();
      // At least as long as the batch: half of the time is others' alone.
      await delay(Math.max(tookMs, restraint.restMs()));
      restraint.noteUsual(await feel(pool));
      return result;
    },
  };
}

async function feel(pool: PurgeIo["pool"]): Promise<Felt> {
  const db = await pool.connect();
  try {
    const begun = performance.now();
    const { rows } = await db.query<{ waiting: number }>(FEEL);
    return { commitMs: performance.now() - begun, waiting: rows[0]?.waiting ?? 0 };
  } finally {
    db.release();
  }
}
