// The worker: graphile-worker with the engine under it. One preset for npm start, npm run worker and npx graphile-worker.
import { setTimeout as sleep } from "node:timers/promises";
import type {} from "graphile-config";
import { run, WorkerPreset } from "graphile-worker";
import { PROJECT_ROOT } from "./config.ts";
import { enginePlugin } from "./engine/plugin.ts";
import { log } from "./log.ts";
import { createOwnerPool, endPool } from "./pools.ts";
import { type Access, findAccess, type WorkerRuntime } from "./runtime.ts";
import { workerLogger } from "./worker-log.ts";

/** graphile-worker's preset for this runtime. `release` is called when the worker has stopped. */
export function createWorkerPreset(
  { config, connections, services, isPooled, queueUrl }: WorkerRuntime,
  release: () => Promise<void>,
): GraphileConfig.Preset {
  const connectionString = connections.database.url;
  const concurrentJobs = config.workerConcurrency;
  return {
    extends: [WorkerPreset],
    plugins: [
      enginePlugin({ connectionString, services, instance: config.instance, concurrency: concurrentJobs, release }),
    ],
    worker: {
      connectionString: queueUrl,
      concurrentJobs,
      maxPoolSize: concurrentJobs + 2,
      pollInterval: 1_000,
      // A statement prepared through a transaction pooler is another session's, or is there already.
      preparedStatements: !isPooled,
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
}

/**
 * Runs a worker until the signal, and starts it again whenever it ends before: graphile-worker gives up when it cannot write
 * that a job is done, as while Postgres restarts.
 */
export async function runWorker(runtime: WorkerRuntime, signal: AbortSignal): Promise<void> {
  let access: Access = runtime;
  for (let failures = 0; !signal.aborted; failures++) {
    const startedAt = performance.now();
    try {
      await runOnce(
        createWorkerPreset({ ...runtime, ...access }, async () => undefined),
        signal,
      );
    } catch (err) {
      log.error({ err }, "the worker stopped; it is started again");
    }
    if (performance.now() - startedAt > 60_000) failures = 0;
    await sleep(Math.min(100 * 2 ** failures, 5_000), undefined, { signal }).catch(() => undefined);
    // It may have been away when it was looked at, which may be why the worker ended.
    if (!signal.aborted) access = await findAccess(runtime.connections.database.url);
  }
}

async function runOnce(preset: GraphileConfig.Preset, signal: AbortSignal): Promise<void> {
  const { connectionString = "", maxPoolSize = 10 } = preset.worker ?? {};
  // A pool of ours: graphile-worker does not wait for the end of its own, and an embedded Postgres that goes down first would
  // break connections that nobody listens to any more, which ends the process.
  const pgPool = createOwnerPool({ connectionString, applicationName: "graphile-worker", max: maxPoolSize });
  try {
    const runner = await run({ preset, pgPool, noHandleSignals: true });
    let stopped: Promise<void> | undefined;
    const stop = () => {
      stopped = runner.stop().catch((err: unknown) => log.warn({ err }, "the worker did not stop in order"));
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      await runner.promise;
      await stopped;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  } finally {
    await endPool(pgPool);
  }
}
