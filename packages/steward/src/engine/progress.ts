// Alive means making progress: notices when this worker lives and is known to the database, yet takes no work, so that it can be
// replaced. graphile-worker remembers a failure of its first fetch for ever, and knows tasks by numbers that a clean-up of its tables
// may change.
import type { WorkerEvents } from "graphile-worker";
import type { Log } from "../log.ts";
import type { Db } from "./step.ts";

const CHECK_MS = 15_000;
const STUCK_MS = 20_000;

export interface ProgressOptions {
  readonly log: Log;
  /** Whether the database knows this worker right now. */
  readonly isPresent: () => boolean;
  readonly db: Pick<Db, "query">;
  /** The names of the tasks that it has. */
  readonly tasks: ReadonlySet<string>;
  /** Called once, with the reason, when the worker is to be replaced. */
  readonly replace: (why: string) => void;
}

export interface Progress {
  /** One of graphile-worker's workers, each of which runs one job at a time, is there. */
  placeAdded(): void;
  placeRemoved(): void;
  /** A fetch was answered, with jobs or without. */
  fetched(): void;
  jobStarted(): void;
  jobEnded(): void;
  stop(): void;
}

/** Watches until stopped. */
export function watchProgress({ log, isPresent, db, tasks, replace }: ProgressOptions): Progress {
  let places = 0;
  let busy = 0;
  let fetchedAt = performance.now();
  let startedAt = performance.now();
  const timer = setInterval(() => void check(), CHECK_MS).unref();

  const isLongAgo = (time: number) => performance.now() - time > STUCK_MS;

  /** Only from now on could it have made progress. */
  function beginAnew(): void {
    fetchedAt = startedAt = performance.now();
  }

  async function check(): Promise<void> {
    if (!isPresent() || busy >= places) return beginAnew();
    if (!isLongAgo(fetchedAt) && !isLongAgo(startedAt)) return;
    const isDue = await areJobsDue();
    if (isDue === undefined) return beginAnew();
    if (isLongAgo(fetchedAt)) return giveUp(`it could not look for jobs for ${STUCK_MS / 1_000} s`);
    if (isLongAgo(startedAt) && isDue) giveUp(`jobs have been due for ${STUCK_MS / 1_000} s, and it takes none`);
  }

  /** Undefined when nobody could take jobs, as while somebody has locked their table. */
  async function areJobsDue(): Promise<boolean | undefined> {
    try {
      const text = "select steward_private.are_jobs_due($1) as due";
      return (await db.query<{ due: boolean }>(text, [[...tasks]])).rows[0]?.due === true;
    } catch (err) {
      log.info({ err }, "could not see whether jobs are due; it is tried again");
      return undefined;
    }
  }

  function giveUp(why: string): void {
    clearInterval(timer);
    log.error({ why }, "this worker gets no work done; it is replaced");
    replace(why);
  }

  return {
    placeAdded: () => void places++,
    placeRemoved: () => void places--,
    fetched() {
      fetchedAt = performance.now();
    },
    jobStarted() {
      busy++;
      beginAnew();
    },
    jobEnded() {
      if (busy-- >= places) beginAnew();
    },
    stop: () => clearInterval(timer),
  };
}

/** Tells the watches of what graphile-worker does. */
export function tellProgress(events: WorkerEvents, of: (poolId: string) => Progress | undefined): void {
  events.on("worker:create", ({ worker }) => of(worker.workerPool.id)?.placeAdded());
  events.on("worker:stop", ({ worker }) => of(worker.workerPool.id)?.placeRemoved());
  events.on("localQueue:getJobs:complete", ({ localQueue }) => of(localQueue.workerPool.id)?.fetched());
  events.on("worker:getJob:empty", ({ worker }) => of(worker.workerPool.id)?.fetched()); // where there is no local queue
  events.on("job:start", ({ worker }) => of(worker.workerPool.id)?.jobStarted());
  events.on("job:complete", ({ worker }) => of(worker.workerPool.id)?.jobEnded());
}
