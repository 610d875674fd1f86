// Keeps the planner informed when tables grow quickly: after a bulk signup, workers would crawl until autovacuum has been there.
import type { Log } from "../log.ts";
import type { Db } from "./step.ts";

/** A slow disk must not have a worker read for longer; steward_private.begin_analysis asks for a smaller sample the next time. */
const LIMIT_MS = 5_000;
const BEATS_PER_LOOK = 20;

/** Returns a function to be called at each beat. */
export function createStatistics(db: Pick<Db, "query">, log: Log): () => void {
  let beats = 0;
  let isBusy = false;

  async function refresh(): Promise<void> {
    isBusy = true;
    try {
      while ((await analyzeOne(db)) !== undefined);
    } catch (err) {
      log.info({ err }, "the statistics could not be refreshed; it is tried again");
    } finally {
      isBusy = false;
    }
  }

  return () => {
    if (++beats % BEATS_PER_LOOK === 0 && !isBusy) void refresh();
  };
}

/** Analyzes the table that needs it most; returns its name, or undefined when none needs it. */
export async function analyzeOne(db: Pick<Db, "query">): Promise<string | undefined> {
  const { rows } = await db.query<{ table_name: string | null; statistics_target: number | null }>(
    "select * from steward_private.begin_analysis()",
  );
  const table = rows[0]?.table_name ?? undefined;
  // The owner's role may have settings for analyses that nobody waits for; somebody waits for this one.
  if (table !== undefined)
    await db.query(
      `begin; set local statement_timeout = ${LIMIT_MS}; set local vacuum_cost_delay = 0;
       set local default_statistics_target = ${rows[0]?.statistics_target}; analyze (skip_locked) ${table}; commit`,
    );
  return table;
}
