// What comes between two batches: a moment for others, and with the gentle pace a look at what they feel.
import { setTimeout as delay } from "node:timers/promises";
import { createRestraint, type Felt } from "./restraint.ts";
import type { PurgeIo } from "./types.ts";

export interface Rests {
  /** Before the first batch. */
  begin(): Promise<void>;
  /** Of so many rows, how many the next batch may take. */
  most(rows: number): number;
  /** After a batch that took so long; `work` is done meanwhile. */
  rest(tookMs: number, work: () => Promise<void>): Promise<void>;
}

const PAUSE_MS = 10;
/** Looks before the first batch: what is usual? */
const FIRST_LOOKS = 9;
const LOOK_MS = 5;

/** As fast as short statements allow. */
export const FAST: Rests = {
  begin: async () => undefined,
  most: (rows) => rows,
  async rest(_tookMs, work) {
    await Promise.all([delay(PAUSE_MS), work()]);
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
    async rest(tookMs, work) {
      restraint.noteAfterBatch(await feel(pool));
      await work();
      // At least as long as the batch: half of the time is others' alone.
      await delay(Math.max(tookMs, restraint.restMs()));
      restraint.noteUsual(await feel(pool));
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
