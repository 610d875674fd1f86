// Makes up, every few seconds, for what a crash at the worst moment or a hand in the queue left lying. Each part is a statement of
// its own, so that none undoes another; each looks at a slice, and goes on after it the next time.
import type { Log } from "../log.ts";
import type { Db } from "./step.ts";

/** Of the queues and lanes alone: nothing says cheaply whether there is anything to mend. */
const BEATS_PER_LOOK = 20;

type Part = (db: Pick<Db, "query">) => Promise<unknown>;

/** Returns a function to be called at each beat, with whether anything but jobs is seen that may have to be mended. */
export function createMending(db: Pick<Db, "query">, log: Log): (isDue: boolean) => void {
  const [always, ...others] = createParts();
  let beats = 0;
  let isBusy = false;

  async function mend(parts: readonly Part[]): Promise<void> {
    isBusy = true;
    for (const part of parts)
      await part(db).catch((err: unknown) =>
        log.info({ err }, "could not look for what was left lying; it is tried again"),
      );
    isBusy = false;
  }

  return (isDue) => {
    beats++;
    const due = [...(beats % BEATS_PER_LOOK === 0 ? [always] : []), ...(isDue ? others : [])];
    if (due.length > 0 && !isBusy) void mend(due);
  };
}

/** The parts of a mending, each of which remembers where it goes on. */
export function createParts(): readonly [always: Part, ...others: Part[]] {
  return [
    async (db) => {
      // A queue of notifications that was full stays so, and refuses all that notifies, until somebody asks how full it is.
      await db.query("select pg_notification_queue_usage()");
      await db.query("select steward_private.mend_jobs()");
      await db.query("select steward_private.mend_lanes()");
    },
    (db) => db.query("select steward_private.mend_starts()"),
    sweep("select steward_private.mend_steps($1)::text as next", "-infinity"),
    sweep("select next_after as next from steward_private.mend_batches($1)", "00000000-0000-0000-0000-000000000000"),
  ];
}

function sweep(text: string, beginning: string): Part {
  let after: unknown = beginning;
  return async (db) => {
    // Should it fail, it begins again: another worker may be past what stopped it.
    const from = after;
    after = beginning;
    const { rows } = await db.query<{ next: unknown }>(text, [from]);
    after = rows[0]?.next ?? beginning;
  };
}
