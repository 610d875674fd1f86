// The worker: graphile-worker with the engine under it. One preset for npx steward worker, npx graphile-worker and programs of the application.
import { setTimeout as sleep } from "node:timers/promises";
import type {} from "graphile-config";
import { run, WorkerPreset } from "graphile-worker";
import type pg from "pg";
import type { Webhook } from "../engine/monitors.ts";
import { enginePlugin } from "../engine/plugin.ts";
import type { Services } from "../engine/step.ts";
import { StewardError } from "../errors/index.ts";
import { log } from "../log.ts";
import { requireComplete } from "../migrate/complete.ts";
import { createOwnerPool, endPool } from "../pools.ts";
import { type Access, findAccess } from "./access.ts";
import { workerLogger } from "./logger.ts";

/** A job that was fetched and found no free place goes back after so long: a worker with slow steps keeps none from others. */
const UNBEGUN_MS = 100;

export interface WorkerOptions {
  /** The owner's: DATABASE_URL. */
  readonly connectionString: string;
  /** Tells the workers of one copy of the database from those of another. */
  readonly instance?: string | undefined;
  /** By lane: a fingerprint of what this process signs in with there. A refusal counts for the workers that have the same. */
  readonly credentials?: Readonly<Record<string, string>> | undefined;
  /** Who is told of alerts. */
  readonly alertWebhook?: Webhook | undefined;
  /** Jobs at once. */
  readonly concurrency: number;
  /** The folder of the tasks: a file's name is the task's. */
  readonly taskDirectory: string;
  readonly crontabFile?: string | undefined;
  /** The schema of graphile-worker's queue; GRAPHILE_WORKER_SCHEMA, or graphile_worker, unless said. */
  readonly queueSchema?: string | undefined;
  /** What tasks are given. */
  readonly services: Services;
  /** Called once this process is known as a worker, with the owner's connections. */
  readonly onStart?: (pool: pg.Pool) => Promise<void>;
  /** Called when the worker has stopped. */
  readonly onStop?: () => Promise<void>;
}

/** How graphile-worker takes and completes jobs. docs/decisions/graphile-worker-settings.md has the reasons. */
export function queueSettings(concurrency: number) {
  return {
    concurrentJobs: concurrency,
    maxPoolSize: concurrency + 2,
    pollInterval: 2_000,
    localQueue: { size: concurrency, ttl: UNBEGUN_MS },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  } satisfies GraphileConfig.WorkerOptions;
}

/** graphile-worker's preset with the engine in it. */
export function createWorkerPreset(options: WorkerOptions, { isPooled, queueUrl }: Access): GraphileConfig.Preset {
  const { concurrency, taskDirectory, crontabFile, queueSchema } = options;
  return {
    extends: [WorkerPreset],
    plugins: [enginePlugin(options)],
    worker: {
      connectionString: queueUrl,
      ...queueSettings(concurrency),
      // A statement prepared through a transaction pooler is another session's, or is there already.
      preparedStatements: !isPooled,
      taskDirectory,
      ...(crontabFile !== undefined && { crontabFile }),
      ...(queueSchema !== undefined && { schema: queueSchema }),
      logger: workerLogger(),
      // The engine ends what it runs by itself, before this.
      gracefulShutdownAbortTimeout: 10_000,
    },
  };
}

/**
 * Runs a worker until the signal, and starts it again whenever it ends before: graphile-worker gives up when it cannot write
 * that a job is done, as while Postgres restarts. ST828 where the database is older than this code.
 */
export async function runWorker(options: WorkerOptions, signal: AbortSignal): Promise<void> {
  let access = await findAccess(options.connectionString);
  for (let failures = 0; !signal.aborted; failures++) {
    const startedAt = performance.now();
    try {
      await requireComplete(options.connectionString);
      await runOnce(createWorkerPreset(options, access), signal);
    } catch (err) {
      if (err instanceof StewardError && err.code === "ST828") throw err;
      log.error({ err }, "the worker stopped; it is started again");
    }
    if (performance.now() - startedAt > 60_000) failures = 0;
    await sleep(Math.min(100 * 2 ** failures, 5_000), undefined, { signal }).catch(() => undefined);
    // It may have been away when it was looked at, which may be why the worker ended.
    if (!signal.aborted) access = await findAccess(options.connectionString);
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
