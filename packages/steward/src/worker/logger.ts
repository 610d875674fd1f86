// graphile-worker's own messages as lines of our log. Apart from log.ts, so that not every process loads the library.
import { Logger } from "graphile-worker";
import { type Log, log, scrub } from "../log.ts";

const LEVELS = { error: "error", warning: "warn", info: "info", debug: "debug" } as const;

/** A logger for graphile-worker. Its info line for each job becomes debug: our steps say the same, with more. */
export function workerLogger(parent: Log = log): Logger {
  return new Logger((scope) => {
    const child = parent.child({ component: "graphile-worker", ...scope });
    return (level, message, meta) => {
      const target = scope.jobId !== undefined && level === "info" ? "debug" : LEVELS[level];
      child[target]({ err: meta["error"] }, scrub(message));
    };
  });
}
