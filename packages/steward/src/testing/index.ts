// Testing an application that uses Steward: a database for each test, all steps that are due executed on demand, a clock that can be
// moved on, and assertions on runs and steps. docs/testing.md shows it.
import type pg from "pg";
import { logLittle } from "../log.ts";
import { loadSetting, type Setting } from "../setting/index.ts";
import { migrateSetting } from "../setting/migrate.ts";
import { workerOptions } from "../setting/worker.ts";
import { moveClock } from "./clock.ts";
import { type DrainOptions, drain } from "./drain.ts";
import {
  expectNone,
  expectSome,
  type FoundRun,
  type FoundStep,
  findRuns,
  findSteps,
  type RunFilter,
  type StepFilter,
} from "./expect.ts";
import {
  createDatabaseFrom,
  dropDatabase,
  newName,
  openPool,
  prepareServer,
  type TestServer,
  urlOf,
} from "./server.ts";

export type { DrainOptions } from "./drain.ts";
export type { FoundRun, FoundStep, RunFilter, StepFilter } from "./expect.ts";
export { waitFor } from "./wait.ts";

export interface TestOptions {
  /** Makes the application's own tables in the template, before its lifecycles are applied: your migration tool, for example. */
  readonly setUp?: (url: string, pool: pg.Pool) => Promise<void>;
  /** The folder of steward.config. Default: the present one. */
  readonly root?: string;
  /** What tasks get instead of the configuration's services, such as stand-ins. */
  readonly services?: object;
}

export interface TestDatabase {
  /** The owner's connection string. */
  readonly url: string;
  /** The owner's connections. */
  readonly pool: pg.Pool;
  /** Executes all steps that are due, and what becomes due by that, as a worker does. Steps that wait for a later time stay. */
  drain(options?: DrainOptions): Promise<void>;
  /** Moves the clock on, by a Postgres interval such as "1 hour": retries and timeouts within that time are due now. */
  moveClock(interval: string): Promise<void>;
  findRuns(filter?: RunFilter): Promise<FoundRun[]>;
  findSteps(filter?: StepFilter): Promise<FoundStep[]>;
  /** Returns the first run that is as the filter says; an AssertionError when there is none. */
  expectRun(filter: RunFilter): Promise<FoundRun>;
  expectNoRun(filter: RunFilter): Promise<void>;
  expectStep(filter: StepFilter): Promise<FoundStep>;
  expectNoStep(filter: StepFilter): Promise<void>;
  /** Drops it. */
  close(): Promise<void>;
}

const OWNER = "steward_test";

interface Template {
  readonly server: TestServer;
  readonly name: string;
  readonly setting: Setting;
}

let server: Promise<TestServer> | undefined;
const templates = new Map<TestOptions["setUp"], Map<string, Promise<Template>>>();

/**
 * A database of its own for a test: Steward, your tables and your lifecycles are in it. It is a copy of a template, which is made once
 * for each process and `setUp`.
 */
export async function createTestDatabase(options: TestOptions = {}): Promise<TestDatabase> {
  logLittle();
  const template = await templateOf(options);
  const name = newName();
  await createDatabaseFrom(template.server, template.name, name);
  const url = urlOf(template.server, name, OWNER);
  const pool = openPool(url);
  const { setting } = template;
  const worker = async () => ({
    ...(await workerOptions(setting, url)),
    ...(options.services && { services: options.services as Steward.Services }),
  });
  return {
    url,
    pool,
    drain: async (how) => drain(pool, await worker(), how),
    moveClock: (interval) => moveClock(pool, setting.engine.queueSchema, interval),
    findRuns: (filter) => findRuns(pool, filter),
    findSteps: (filter) => findSteps(pool, filter),
    expectRun: async (filter) => expectSome("run", filter, await findRuns(pool, filter), await findRuns(pool)),
    expectNoRun: async (filter) => expectNone("run", filter, await findRuns(pool, filter)),
    expectStep: async (filter) => expectSome("step", filter, await findSteps(pool, filter), await findSteps(pool)),
    expectNoStep: async (filter) => expectNone("step", filter, await findSteps(pool, filter)),
    async close() {
      await pool.end();
      await dropDatabase(template.server, name);
    },
  };
}

function templateOf({ setUp, root = process.cwd() }: TestOptions): Promise<Template> {
  const ofSetUp = templates.get(setUp) ?? new Map<string, Promise<Template>>();
  templates.set(setUp, ofSetUp);
  const present = ofSetUp.get(root) ?? makeTemplate(setUp, root);
  ofSetUp.set(root, present);
  return present;
}

async function makeTemplate(setUp: TestOptions["setUp"], root: string): Promise<Template> {
  server ??= prepareServer(OWNER);
  const [made, setting] = [await server, await loadSetting(root)];
  const name = newName();
  await createDatabaseFrom(made, "template0", name);
  const url = urlOf(made, name, OWNER);
  await migrateSetting({ ...setting, lifecycles: undefined }, url);
  if (setUp) await lend(url, (pool) => setUp(url, pool));
  await migrateSetting(setting, url);
  // On a server that stays, it would be left over.
  process.once("beforeExit", () => void dropDatabase(made, name).catch(() => undefined));
  return { server: made, name, setting };
}

async function lend(url: string, work: (pool: pg.Pool) => Promise<void>): Promise<void> {
  const pool = openPool(url);
  try {
    await work(pool);
  } finally {
    await pool.end();
  }
}
