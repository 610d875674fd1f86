// graphile-worker's preset. At the root, so that `npx graphile-worker` finds it and runs the same tasks with the same promises.
import type {} from "graphile-config";
import { WorkerPreset } from "graphile-worker";
import { PROJECT_ROOT } from "./server/config.ts";
import { enginePlugin } from "./server/engine/plugin.ts";
import { startWorkerRuntime } from "./server/runtime.ts";
import { workerLogger } from "./server/worker-log.ts";

const { config, connections, services } = await startWorkerRuntime();
const connectionString = connections.database.url;
const concurrentJobs = config.workerConcurrency;

const preset: GraphileConfig.Preset = {
  extends: [WorkerPreset],
  plugins: [
    enginePlugin({ connectionString, services, concurrency: concurrentJobs, release: () => connections.release() }),
  ],
  worker: {
    connectionString,
    concurrentJobs,
    maxPoolSize: concurrentJobs + 2,
    pollInterval: 1_000,
    taskDirectory: `${PROJECT_ROOT}/tasks`,
    crontabFile: `${PROJECT_ROOT}/crontab`,
    logger: workerLogger(),
    // Otherwise the completion of a job that ends during a shutdown is lost, and it stays locked for hours.
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
    // The engine ends what it runs by itself, before this.
    gracefulShutdownAbortTimeout: 10_000,
  },
};

export default preset;
