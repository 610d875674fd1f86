// A database of its own for each test, copied in a moment from one template that is migrated once per `npm test`.
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { withClient } from "steward/migrate/connect";
import { migrateAll } from "../../server/migrate.ts";
import { startPostgres } from "./postgres.ts";

/** Set by scripts/test.ts: the superuser's URL of the shared Postgres, whose template is ready. */
export const SHARED = "STEWARD_TEST_POSTGRES_URL";
const TEMPLATE = "steward_template";
const OWNER = "steward_owner";
const API = "steward_api";

export interface TestDatabase {
  /** DATABASE_URL: the owner, which may create roles and is no superuser. */
  readonly ownerUrl: string;
  /** API_DATABASE_URL: the restricted login. */
  readonly apiUrl: string;
  /** For what only a superuser may (ending other sessions, settings). */
  readonly superuserUrl: string;
  /** The owner's connections. */
  readonly pool: pg.Pool;
  /** The API's connections. */
  readonly apiPool: pg.Pool;
  close(): Promise<void>;
}

let postgres: string | Promise<string> | undefined;

/** A migrated database. `close()` ends the pools and drops it. */
export async function createDatabase(): Promise<TestDatabase> {
  return create(TEMPLATE);
}

/** A copy of a database to which nobody is connected. */
export async function createCopy(original: TestDatabase): Promise<TestDatabase> {
  return create(new URL(original.ownerUrl).pathname.slice(1));
}

/** A database with nothing in it, for tests of migrating itself. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return create("template0");
}

/** Starts Postgres and migrates the template, for all test files of one run. Returns the value of the environment variable `SHARED`. */
export async function prepareTemplate(): Promise<string> {
  const superuser = await prepareServer();
  await query(superuser, `create database ${TEMPLATE} owner ${OWNER}`);
  await migrateAll({ connectionString: as(superuser, OWNER, TEMPLATE), apiUrl: as(superuser, API, TEMPLATE) });
  // So that a test may also take these roles on the owner's connection.
  await query(superuser, `grant steward_user, steward_admin to ${OWNER}`);
  return superuser;
}

/** Our own Postgres, or the one of TEST_POSTGRES_URL (a superuser's), which may remember an earlier run. */
async function prepareServer(): Promise<string> {
  const superuser = process.env["TEST_POSTGRES_URL"] ?? (await startPostgres());
  await query(
    superuser,
    `drop database if exists ${TEMPLATE} with (force)`,
    // It stays from run to run: from Postgres 16 on, the roles that it has made hold it.
    `do $$ begin create role ${OWNER}; exception when duplicate_object then null; end $$`,
    `alter role ${OWNER} login createrole createdb password '${OWNER}'`,
  );
  return superuser;
}

async function create(template: string): Promise<TestDatabase> {
  postgres ??= process.env[SHARED] ?? loudly(template === TEMPLATE ? prepareTemplate() : prepareServer());
  const superuser = await postgres;
  const name = `test_${randomBytes(6).toString("hex")}`;
  await query(superuser, `create database ${name} template ${template} owner ${OWNER}`);
  const ownerUrl = as(superuser, OWNER, name);
  const apiUrl = as(superuser, API, name);
  const pool = openPool(ownerUrl);
  const apiPool = openPool(apiUrl);
  const close = async () => {
    await Promise.all([pool.end(), apiPool.end()]);
    await query(superuser, `drop database ${name} with (force)`);
  };
  return { ownerUrl, apiUrl, superuserUrl: on(superuser, name), pool, apiPool, close };
}

/** uvu keeps quiet about an error in a `before` hook, where most databases are made. */
async function loudly<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    console.error(error);
    throw error;
  }
}

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 10 });
  // Tests end sessions on purpose; an idle connection that is lost is replaced by the pool.
  pool.on("error", () => undefined);
  return pool;
}

/** Runs `work` as the API does: in a transaction, in the token's database role, with its claims set. Rolls back when it throws. */
export async function asUser<T>(
  pool: pg.Pool,
  sub: string,
  role: "user" | "admin",
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query(`set local role steward_${role}`);
    await client.query("select set_config('jwt.claims.sub', $1, true), set_config('jwt.claims.role', $2, true)", [
      sub,
      role,
    ]);
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** Asks until `condition` gives something truthy, and returns that. Throws after the time limit, with what the last answer was. */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, what = "the condition" }: { timeoutMs?: number; what?: string } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (performance.now() > deadline)
      throw new Error(`${what} did not come within ${timeoutMs} ms (last: ${String(answer)})`);
    await delay(20);
  }
}

function as(url: string, user: typeof OWNER | typeof API, database: string): string {
  const changed = new URL(on(url, database));
  changed.username = user;
  changed.password = user;
  return changed.href;
}

function on(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

async function query(connectionString: string, ...statements: string[]): Promise<void> {
  await withClient({ connectionString }, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}
