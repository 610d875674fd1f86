// Puts the engine under graphile-worker, whichever way its worker was started: npx steward worker, npx graphile-worker or a program of the application.
import { setTimeout as sleep } from "node:timers/promises";
import type { TaskList, WorkerPool } from "graphile-worker";
import type pg from "pg";
import { type Log, log } from "../log.ts";
import { createOwnerPool, endPool } from "../pools.ts";
import { lookThrough } from "./blocked.ts";
import { impatient } from "./connection.ts";
import { lookWhileDeaf } from "./deaf.ts";
import { isStepTask } from "./define-task.ts";
import { type Engine, OWN_PLACES, startEngine } from "./engine.ts";
import { createLanePools } from "./lane-pools.ts";
import type { Webhook } from "./monitors.ts";
import { setEngine } from "./processes.ts";
import { type Progress, tellProgress, watchProgress } from "./progress.ts";
import type { Services, Work } from "./step.ts";
import { surviveBrokenConnections } from "./survive.ts";

/** How long steps under way may take to end by themselves when the worker is told to stop. */
const DRAIN_MS = 5_000;
/** How much longer than the engine graphile-worker may take. */
const LATE_MS = 3_000;
/** Where it gives up while the database is away, it waits for seconds between its attempts to return jobs, also when the database is back; others free them. */
const AWAY_MS = 300;
/**
 * Connections for the backlog of a lane. The fewer, the sooner a single step gets the processor; but two purges at a time hold one
 * each while they take another.
 */
const BULK_CONNECTIONS = 3;
/** Connections that stay open while nothing happens: on one steps begin, on the next others end, on a third subscribers are told. */
const WARM_CONNECTIONS = 3;
/** How long a statement of the engine waits for somebody else's lock; what it was to record is tried again. */
const LOCK_MS = 200;

export interface EnginePluginOptions {
  readonly connectionString: string;
  readonly services: Services;
  /** STEWARD_INSTANCE. */
  readonly instance?: string | undefined;
  /** By lane: a fingerprint of what this process signs in with there. A refusal counts for the workers that have the same. */
  readonly credentials?: Readonly<Record<string, string>> | undefined;
  /** Who is told of alerts. */
  readonly alertWebhook?: Webhook | undefined;
  /** Jobs at once, as in the worker's preset. */
  readonly concurrency: number;
  /** Called once this process is known as a worker. */
  readonly onStart?: (pool: pg.Pool) => Promise<void>;
  /** Called when the worker has stopped. */
  readonly onStop?: () => Promise<void>;
}

/** A graphile-worker plugin: an engine for each worker pool, from before its first job until after its last. */
export function enginePlugin(options: EnginePluginOptions): GraphileConfig.Plugin {
  const works = new Map<string, Work>();
  const tasks = new Set<string>();
  const running = new Map<string, { engine: Engine; progress: Progress; close: () => Promise<void> }>();

  function start(workerPool: WorkerPool): void {
    const { connectionString, services } = options;
    const pool = createOwnerPool({
      connectionString,
      applicationName: "steward worker",
      max: options.concurrency + OWN_PLACES + 2,
      min: WARM_CONNECTIONS,
      lockTimeoutMs: LOCK_MS,
    });
    const bulkPools = createLanePools((isFirst) => {
      const bulkPool = createOwnerPool({
        connectionString,
        applicationName: "steward worker backlog",
        max: BULK_CONNECTIONS,
        min: isFirst ? 1 : 0,
        lockTimeoutMs: LOCK_MS,
      });
      lookThrough(bulkPool, pool);
      return bulkPool;
    });
    const poolLog: Log = log.child({ pool: workerPool.id });
    const engine = startEngine({
      connectionString,
      poolId: workerPool.id,
      instance: options.instance,
      credentials: options.credentials,
      alertWebhook: options.alertWebhook,
      pool,
      bulkPools,
      services,
      works,
      log: poolLog,
    });
    takeFirst(workerPool, engine);
    setEngine(workerPool.id, engine);
    void engine
      .ready()
      .then(() => options.onStart?.(pool))
      .catch((err: unknown) => poolLog.error({ err }, "what the application does when a worker starts has failed"));
    const progress = watchProgress({
      log: poolLog,
      isPresent: engine.isPresent,
      db: impatient(pool),
      tasks,
      replace: (why) => void Promise.resolve(workerPool.gracefulShutdown(why)).catch(() => undefined), // the pool's own end tells
    });
    running.set(workerPool.id, {
      engine,
      progress,
      async close() {
        running.delete(workerPool.id);
        setEngine(workerPool.id, undefined);
        await Promise.all([pool, ...bulkPools.all()].map(endPool));
        if (running.size === 0) await options.onStop?.();
      },
    });
  }

  async function stop<T>(poolId: string, drainMs: number, shutDown: () => T | PromiseLike<T>): Promise<T> {
    const entry = running.get(poolId);
    const lateMs = entry?.engine.isPresent() ? LATE_MS : AWAY_MS;
    entry?.progress.stop();
    const own = Promise.resolve(shutDown());
    own.catch(() => undefined); // whoever awaits it below hears of it; or nobody, when it comes too late
    try {
      await entry?.engine.stop(drainMs);
      // All steps are given back by now. graphile-worker may still wait for an answer on a connection that is dead.
      return await Promise.race([own, tooLate(lateMs)]);
    } finally {
      await entry?.close();
    }
  }

  return {
    name: "StewardEnginePlugin",
    worker: {
      middleware: {
        init(next, { ctx }) {
          surviveBrokenConnections();
          const result = next();
          ctx.events.on("pool:create", ({ workerPool }) => start(workerPool));
          ctx.events.on("worker:create", (event) => {
            collectWorks(event.tasks, works);
            for (const name of Object.keys(event.tasks)) tasks.add(name);
          });
          lookWhileDeaf(ctx.events, (poolId) => running.get(poolId)?.engine.isPresent() ?? false);
          tellProgress(ctx.events, (poolId) => running.get(poolId)?.progress);
          return result;
        },
        poolGracefulShutdown: (next, { workerPool }) => stop(workerPool.id, DRAIN_MS, next),
        poolForcefulShutdown: (next, { workerPool }) => stop(workerPool.id, 0, next),
      },
      hooks: {
        // graphile-worker waits for it before a worker's first job.
        async startWorker(_ctx, { worker }) {
          await running.get(worker.workerPool.id)?.engine.ready();
        },
      },
    },
  };
}

/** New jobs are the engine's first; graphile-worker looks for what the engine left. */
function takeFirst(workerPool: WorkerPool, engine: Engine): void {
  const look = workerPool.nudge.bind(workerPool);
  workerPool.nudge = (count) => {
    void engine.takeJobs(count).then((areAll) => {
      if (!areAll) look(count);
    });
  };
}

async function tooLate(lateMs: number): Promise<never> {
  await sleep(lateMs, undefined, { ref: false });
  throw new Error("graphile-worker did not stop in time; it is left behind");
}

function collectWorks(tasks: TaskList, works: Map<string, Work>): void {
  for (const [name, task] of Object.entries(tasks)) {
    if (isStepTask(task)) works.set(name, task.work);
  }
}
