// graphile-worker's own messages as lines of our log. Apart from log.ts, so that not every process loads the library.
import { Logger } from "graphile-worker";
import { type Log, log, scrub } from "../log.ts";

const LEVELS = { error: "error", warning: "warn", info: "info", debug: "debug" } as const;

/** A job is done as soon as its step's attempt has ended, whatever became of it. */
const COMPLETED = /^Completed task (\S+) \((.*)\) with success$/;
const DEALT_WITH = "job $1 is dealt with ($2); the step says what became of it";

/** While Postgres is away each poll fails, every second. */
const FETCH_FAILED = /^Error occurred fetching jobs/;
const SAY_AGAIN_MS = 30_000;

/**
 * A logger for graphile-worker. Its info line for each job becomes debug: our steps say the same, with more. That jobs cannot be
 * fetched is a warning, twice a minute.
 */
export function workerLogger(parent: Log = log): Logger {
  let saidAt = Number.NEGATIVE_INFINITY;

  function levelOf(
    level: keyof typeof LEVELS,
    message: string,
    isOfJob: boolean,
  ): (typeof LEVELS)[keyof typeof LEVELS] {
    if (isOfJob && level === "info") return "debug";
    if (!FETCH_FAILED.test(message)) return LEVELS[level];
    if (performance.now() - saidAt < SAY_AGAIN_MS) return "debug";
    saidAt = performance.now();
    return "warn";
  }

  return new Logger((scope) => {
    const child = parent.child({ component: "graphile-worker", ...scope });
    return (level, message, meta) => {
      const target = levelOf(level, message, scope.jobId !== undefined || meta["job"] !== undefined);
      child[target]({ err: meta["error"] }, scrub(message.replace(COMPLETED, DEALT_WITH)));
    };
  });
}
