// Where the demo plays: the embedded services, migrated, with a worker. One that runs already is used, otherwise one is started here.
import { randomBytes } from "node:crypto";
import type pg from "pg";
import { EngineError } from "steward/errors";
import { log } from "steward/log";
import { createOwnerPool } from "steward/pools";
import { stopSignal } from "steward/shutdown";
import { runWorker } from "steward/worker/preset";
import { migrateAll } from "../../server/migrate.ts";
import { startWorkerRuntime, type WorkerRuntime } from "../../server/runtime.ts";
import { workerOptions } from "../../server/worker.ts";

export interface Stage {
  readonly pool: pg.Pool;
  /** Aborts at Ctrl-C. The worker goes on: what was made is removed. */
  readonly stopping: AbortSignal;
  /** Makes names unique, so that the demo can be run again. */
  readonly suffix: string;
  /** For a sentence: this process, or the worker that runs already. */
  readonly whoWorks: string;
  close(): Promise<void>;
}

/** A worker that is alive holds its lock. */
const FIND_WORKER = `
select from steward_private.workers w
join pg_locks l on l.locktype = 'advisory' and l.classid = 1398031447 and l.objid = w.id and l.granted
limit 1`;

/** Starts what is needed. ST801 where services of your own are configured: the demo makes a thousand accounts. */
export async function openStage(): Promise<Stage> {
  // The bars are what is to be seen, and a step that fails ends the demo with its reason; of a thousand removals that ask, each is logged.
  if (process.env["LOG_LEVEL"] === undefined) log.level = "fatal";
  const stopping = stopSignal();
  const runtime = await startWorkerRuntime();
  try {
    return await setUp(runtime, stopping);
  } catch (error) {
    await runtime.connections.release();
    throw error;
  }
}

async function setUp(runtime: WorkerRuntime, stopping: AbortSignal): Promise<Stage> {
  const { database, drive, clouds, release } = runtime.connections;
  if (![database, drive, ...clouds].every((service) => service.embedded)) {
    throw new EngineError("ST801", {
      sentence:
        "The demo makes a thousand users, so it runs on the embedded services only: unset DATABASE_URL, NEXTCLOUD_URL and OS_AUTH_URL for it.",
    });
  }
  await migrateAll({ connectionString: database.url, apiUrl: database.apiUrl });
  const pool = createOwnerPool({ connectionString: database.url, applicationName: "steward demo", max: 3 });
  const { rowCount } = await pool.query(FIND_WORKER);
  const ending = new AbortController();
  const worker = rowCount === 0 ? runWorker(workerOptions(runtime), ending.signal) : undefined;
  return {
    pool,
    stopping,
    suffix: randomBytes(3).toString("hex"),
    whoWorks: worker ? "a worker in this process" : "the worker that runs already",
    async close() {
      ending.abort();
      await worker;
      await pool.end();
      await release();
    },
  };
}
