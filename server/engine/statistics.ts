// Keeps the planner informed when tables grow quickly: after a bulk signup, workers would crawl until autovacuum has been there.
import type { Log } from "../log.ts";
import type { Db } from "./step.ts";

/** Returns a function to be called at each beat. */
export function createStatistics(db: Pick<Db, "query">, log: Log): () => void {
  let isBusy = false;

  async function refresh(): Promise<void> {
    isBusy = true;
    try {
      await db.query("select app_private.refresh_statistics()");
    } catch (err) {
      log.info({ err }, "the statistics could not be refreshed; it is tried again");
    } finally {
      isBusy = false;
    }
  }

  return () => {
    if (!isBusy) void refresh();
  };
}
