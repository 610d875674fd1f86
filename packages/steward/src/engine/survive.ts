// Keeps a worker process alive when graphile-worker rejects a promise that nobody waits for, because a connection broke:
// - its listener releases the connection once when it breaks and once when it stops;
// - its local queue, as it stops, could not give its jobs back. The worker that follows unlocks them (steward_private.rescue_steps).
import { log } from "../log.ts";
import { isUnreachable } from "../unreachable.ts";

const MESSAGES = /already been released to the pool|returning jobs from local queue/;
let isInstalled = false;

/** Logs rejections that nobody handles and that are about connections; any other ends the process, as it would without this. */
export function surviveBrokenConnections(): void {
  if (isInstalled) return;
  isInstalled = true;
  process.on("unhandledRejection", (err) => {
    if (isUnreachable(err) || (err instanceof Error && MESSAGES.test(err.message))) {
      log.warn({ err }, "a database connection broke while it was being given back");
      return;
    }
    log.fatal({ err }, "something failed that nobody had expected to");
    process.exit(1);
  });
}
