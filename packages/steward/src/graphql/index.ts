// For an application that has a PostGraphile of its own: runs and steps in it, with their mutations and subscriptions.
import "./environment.ts";
import type pg from "pg";
import { createChangeNotifier } from "../engine/notify.ts";
import { log } from "../log.ts";
import type { Shared } from "./context.ts";
import { createChanges } from "./live/changes.ts";
import { createSubscriber } from "./live/stream.ts";
import { createWakeups } from "./live/wakeups.ts";
import { enginePlugins } from "./plugins.ts";

/**
 * Adds Run and Step, runs, run, their progress and estimated completion, retryRun, cancelRun and runChanged, and what the console shows
 * (overview, stages, filters of runs, overviewChanged and runsChanged), and leaves the names, lists
 * and rights of everything else alone. "steward" has to be among the schemas of your pgServices, and what createStewardContext gives in your
 * context. A list of runs has 50 rows unless asked otherwise, and 100 at most.
 */
export const stewardPreset: GraphileConfig.Preset = {
  plugins: [...enginePlugins("engine")],
};

export interface StewardContextOptions {
  /** A login that may listen, and take the role below; subscriptions keep one connection. */
  readonly connectionString: string;
  /** Tells subscribers of changes; your API's pool. */
  readonly pool: pg.Pool;
  /** A role that steward.grant_reader let see all runs: what it reads is compared with before, and shown to nobody. */
  readonly role: string;
}

export interface StewardContext {
  /** To spread into the context of each request, beside your pgSettings. */
  readonly context: Shared;
  close(): Promise<void>;
}

/** What subscriptions and mutations of stewardPreset need. Rejects when the database cannot be reached. */
export async function createStewardContext({
  connectionString,
  pool,
  role,
}: StewardContextOptions): Promise<StewardContext> {
  const wakeups = await createWakeups(connectionString, log, { role, rows: undefined });
  const notifier = createChangeNotifier(pool, log);
  return {
    context: { wakeups, live: createSubscriber(wakeups), changes: createChanges(notifier) },
    async close() {
      await notifier.stop();
      await wakeups.close();
    },
  };
}
