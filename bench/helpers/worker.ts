// A real worker in this process, with the tasks that a measurement needs instead of those in tasks/.
import { Logger, type RunnerOptions, run, type TaskList } from "graphile-worker";
import { enginePlugin } from "steward/engine/plugin";
import type { Services } from "steward/engine/step";
import { openPool } from "steward/testing/server";
import { queueSettings } from "steward/worker/preset";

const silent = new Logger(() => () => undefined);

/** Places for jobs: the same in all measurements. */
export const CONCURRENCY = 10;

/** graphile-worker's best: it fetches thousands at a time and completes many in one statement. */
const BEST = { concurrentJobs: 10, maxPoolSize: 12, localQueue: { size: 2_000 }, completeJobBatchDelay: 0 };

/**
 * Starts a worker: graphile-worker with our settings (bare), with its best ones, or with our engine under it. Resolves when it looks
 * for jobs; call the result to stop it.
 */
export async function startBenchWorker(
  connectionString: string,
  taskList: TaskList,
  system: "bare" | "best" | "ours",
  services = {} as Services,
): Promise<() => Promise<void>> {
  const settings = system === "best" ? BEST : queueSettings(CONCURRENCY);
  // Of a pool of its own graphile-worker hears nothing more while the connections close, and the database is dropped then.
  const pgPool = openPool(connectionString, { max: settings.maxPoolSize });
  const options: RunnerOptions = {
    pgPool,
    taskList,
    noHandleSignals: true,
    preset: {
      plugins:
        system === "ours"
          ? [
              enginePlugin({
                connectionString,
                services,
                concurrency: CONCURRENCY,
              }),
            ]
          : [],
      worker: {
        connectionString,
        ...settings,
        logger: silent,
      },
    },
  };
  const runner = await run(options);
  runner.promise.catch((err: unknown) => {
    console.error("the worker that is measured broke down", err);
    process.exit(1);
  });
  return async () => {
    await runner.stop();
    await pgPool.end();
  };
}

/** The lifecycle of one step that the measurements run, and its task's name. */
export const NOOP_LIFECYCLE = `
insert into steward.lifecycles (kind, description) values ('bench', 'One step that does nothing.');
insert into steward.lifecycle_steps (kind, name, task, lane) values ('bench', 'noop', 'noop', 'database');`;
