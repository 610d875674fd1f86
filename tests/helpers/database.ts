// A database of its own for each test, copied in a moment from one template that is migrated once per `npm test`.
import type pg from "pg";
import {
  createDatabaseFrom,
  dropDatabase,
  newName,
  openPool,
  prepareServer,
  runSql,
  type TestServer,
  urlOf,
} from "steward/testing/server";
import { migrateAll } from "../../server/migrate.ts";

export { waitFor } from "steward/testing/wait";

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

let prepared: string | Promise<string> | undefined;

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
  const server = await prepareServer(OWNER);
  await dropDatabase(server, TEMPLATE); // an earlier run may have left it
  await createDatabaseFrom(server, "template0", TEMPLATE);
  await migrateAll({ connectionString: urlOf(server, TEMPLATE, OWNER), apiUrl: urlOf(server, TEMPLATE, API) });
  // So that a test may also take these roles on the owner's connection.
  await runSql(server.url, `grant steward_user, steward_admin to ${OWNER}`);
  return server.url;
}

async function create(template: string): Promise<TestDatabase> {
  prepared ??= process.env[SHARED] ?? loudly(template === TEMPLATE ? prepareTemplate() : emptyServer());
  const server: TestServer = { url: await prepared, owner: OWNER };
  const name = newName();
  await createDatabaseFrom(server, template, name);
  const [ownerUrl, apiUrl] = [urlOf(server, name, OWNER), urlOf(server, name, API)];
  const pool = openPool(ownerUrl);
  const apiPool = openPool(apiUrl);
  const close = async () => {
    await Promise.all([pool.end(), apiPool.end()]);
    await dropDatabase(server, name);
  };
  return { ownerUrl, apiUrl, superuserUrl: urlOf(server, name), pool, apiPool, close };
}

async function emptyServer(): Promise<string> {
  return (await prepareServer(OWNER)).url;
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

/** For five seconds after Postgres started nobody is rescued. */
export async function untilRescuing(db: pg.Pool | pg.ClientBase): Promise<void> {
  await db.query(
    "select pg_sleep(greatest(0, extract(epoch from pg_postmaster_start_time() + interval '5.1 seconds' - now())))",
  );
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
