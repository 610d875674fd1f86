// A worker inside the test's own process, whose tasks the test makes up.

import { run, WorkerPreset } from "graphile-worker";
import pg from "pg";
import { defineTask } from "steward/engine/define-task";
import { enginePlugin } from "steward/engine/plugin";
import type { Services, Work } from "steward/engine/step";
import { log } from "steward/log";
import { createOwnerPool, endPool } from "steward/pools";
import { workerLogger } from "steward/worker/logger";
import { createClouds } from "../../server/providers/clouds.ts";
import { createNextcloud } from "../../server/providers/nextcloud/index.ts";
import { createOpenStack } from "../../server/providers/openstack/index.ts";
import { waitFor } from "./database.ts";

export interface EngineOptions {
  readonly connectionString: string;
  readonly works: Readonly<Record<string, Work>>;
  readonly concurrency?: number;
  /** What is to be real of what tasks are given. */
  readonly services?: Partial<Services>;
  /** How graphile-worker takes jobs, where that differs from one poll for each place. */
  readonly queue?: GraphileConfig.WorkerOptions;
}

export interface TestEngine {
  /** Its row in steward_private.workers. */
  readonly workerId: number;
  stop(): Promise<void>;
}

/** Starts one; resolves when it is known as a worker. */
export async function startEngine({
  connectionString,
  works,
  concurrency = 5,
  services = {},
  queue,
}: EngineOptions): Promise<TestEngine> {
  const before = await newestWorker(connectionString);
  const tasks = Object.entries(works).map(([name, work]) => [name, defineTask(work)] as const);
  // Of a pool of its own graphile-worker hears nothing more while the connections close; a database dropped meanwhile would end the test.
  const pgPool = createOwnerPool({ connectionString, applicationName: "graphile-worker", max: concurrency + 2 });
  const runner = await run({
    preset: {
      extends: [WorkerPreset],
      plugins: [enginePlugin({ connectionString, services: { ...nowhere(), ...services }, concurrency })],
      worker: {
        connectionString,
        concurrentJobs: concurrency,
        pollInterval: 1_000,
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        ...queue,
        logger: workerLogger(log),
      },
    },
    pgPool,
    taskList: Object.fromEntries(tasks),
    parsedCronItems: [],
    noHandleSignals: true,
  });
  const isNew = async () => {
    const newest = await newestWorker(connectionString);
    return newest > before ? newest : 0;
  };
  const workerId = await waitFor(isNew, { what: "the worker" });
  const stop = async () => {
    await runner.stop();
    await endPool(pgPool);
  };
  return { workerId, stop };
}

async function newestWorker(connectionString: string): Promise<number> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: number }>("select max(id) as id from steward_private.workers");
    return rows[0]?.id ?? 0;
  } finally {
    await client.end();
  }
}

/** Real providers with addresses where nobody listens: made-up tasks do not call them. */
function nowhere(): Services {
  const url = "http://127.0.0.1:1";
  const names = { projectName: "a", userDomainName: "a", projectDomainName: "a" };
  return {
    drive: createNextcloud({ url, adminUser: "a", adminPassword: "a" }),
    clouds: createClouds([
      createOpenStack({ regions: [{ authUrl: url, username: "a", password: "a", ...names, name: "a" }] }),
    ]),
    assistantModel: "a",
    remakesWhatIsGone: true,
    seal: (plaintext) => plaintext,
    open: (sealed) => sealed,
  };
}
