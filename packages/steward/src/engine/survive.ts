// Keeps a worker process alive when graphile-worker drops a broken connection twice: its listener releases the connection once when
// it breaks and once when it stops, and nobody waits for the second one, whose rejection would end the process.
import { log } from "../log.ts";
import { isUnreachable } from "../unreachable.ts";

let isInstalled = false;

/** Logs rejections that nobody handles and that are about connections; any other ends the process, as it would without this. */
export function surviveBrokenConnections(): void {
  if (isInstalled) return;
  isInstalled = true;
  process.on("unhandledRejection", (err) => {
    if (isUnreachable(err) || (err instanceof Error && /already been released to the pool/.test(err.message))) {
      log.warn({ err }, "a database connection broke while it was being given back");
      return;
    }
    log.fatal({ err }, "something failed that nobody had expected to");
    process.exit(1);
  });
}
