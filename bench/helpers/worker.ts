// A real worker in this process, with the tasks that a measurement needs instead of those in tasks/.
import { Logger, type RunnerOptions, run, type TaskList } from "graphile-worker";
import { enginePlugin } from "steward/engine/plugin";
import type { Services } from "steward/engine/step";
import { queueSettings } from "steward/worker/preset";

const silent = new Logger(() => () => undefined);

/** Places for jobs: the same in all measurements. */
export const CONCURRENCY = 10;

/** Starts a worker; `engine` puts ours under it. Resolves when it looks for jobs; call the result to stop it. */
export async function startBenchWorker(
  connectionString: string,
  taskList: TaskList,
  engine: boolean,
  services = {} as Services,
): Promise<() => Promise<void>> {
  const options: RunnerOptions = {
    taskList,
    noHandleSignals: true,
    preset: {
      plugins: engine
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
        ...queueSettings(CONCURRENCY),
        logger: silent,
      },
    },
  };
  const runner = await run(options);
  runner.promise.catch((err: unknown) => {
    console.error("the worker that is measured broke down", err);
    process.exit(1);
  });
  return () => runner.stop();
}

/** The lifecycle of one step that the measurements run, and its task's name. */
export const NOOP_LIFECYCLE = `
insert into steward.lifecycles (kind, description) values ('bench', 'One step that does nothing.');
insert into steward.lifecycle_steps (kind, name, task, lane) values ('bench', 'noop', 'noop', 'database');`;
