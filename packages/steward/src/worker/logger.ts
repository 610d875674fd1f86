// graphile-worker's own messages as lines of our log. Apart from log.ts, so that not every process loads the library.
import { Logger } from "graphile-worker";
import { type Log, log, scrub } from "../log.ts";

const LEVELS = { error: "error", warning: "warn", info: "info", debug: "debug" } as const;

/** A job is done as soon as its step's attempt has ended, whatever became of it. */
const COMPLETED = /^Completed task (\S+) \((.*)\) with success$/;
const DEALT_WITH = "job $1 is dealt with ($2); the step says what became of it";

/** A logger for graphile-worker. Its info line for each job becomes debug: our steps say the same, with more. */
export function workerLogger(parent: Log = log): Logger {
  return new Logger((scope) => {
    const child = parent.child({ component: "graphile-worker", ...scope });
    return (level, message, meta) => {
      const target =
        (scope.jobId !== undefined || meta["job"] !== undefined) && level === "info" ? "debug" : LEVELS[level];
      child[target]({ err: meta["error"] }, scrub(message.replace(COMPLETED, DEALT_WITH)));
    };
  });
}
