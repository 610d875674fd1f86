// The Postgres server that tests run on, and databases in it that are copies of one template.
import { randomBytes } from "node:crypto";
import pg from "pg";
import { withClient } from "../migrate/connect.ts";
import { retrying } from "../migrate/retrying.ts";
import { startPostgres } from "./postgres.ts";

const CONCURRENTLY_UPDATED = "XX000";

export interface TestServer {
  /** The superuser's URL. */
  readonly url: string;
  /** The role that owns the databases. It may create roles and databases, and is no superuser. */
  readonly owner: string;
}

/**
 * The server of TEST_POSTGRES_URL (a superuser's URL, of Postgres 15 or newer), or one of our own that goes with this process. It gets
 * a role `owner` whose password is its name.
 */
export async function prepareServer(owner: string): Promise<TestServer> {
  const url = process.env["TEST_POSTGRES_URL"] ?? (await startPostgres());
  await ensureOwner(url, owner);
  return { url, owner };
}

/** Several test files may do so at once on one server. */
export async function ensureOwner(url: string, owner: string): Promise<void> {
  const statements = [
    // On a server that stays it is there already: from Postgres 16 on, the roles that it has made hold it.
    `do $$ begin create role ${owner}; exception when duplicate_object or unique_violation then null; end $$`,
    `alter role ${owner} login createrole createdb password '${owner}'`,
  ];
  await retrying([CONCURRENTLY_UPDATED], () => runSql(url, ...statements));
}

/** Makes a database of that name, a copy of `template`; `template0` has nothing in it. */
export async function createDatabaseFrom({ url, owner }: TestServer, template: string, name: string): Promise<void> {
  await runSql(url, `create database ${name} template ${template} owner ${owner}`);
}

export async function dropDatabase({ url }: TestServer, name: string): Promise<void> {
  await runSql(url, `drop database if exists ${name} with (force)`);
}

/** A name that no other database has. */
export function newName(): string {
  return `test_${randomBytes(6).toString("hex")}`;
}

/** The URL of a database of the server: for a role whose password is its name, or for the superuser. */
export function urlOf({ url }: TestServer, database: string, role?: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  if (role !== undefined) [changed.username, changed.password] = [role, role];
  return changed.href;
}

export async function runSql(connectionString: string, ...statements: readonly string[]): Promise<void> {
  await withClient({ connectionString }, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

/**
 * Connections to a database that is dropped at the end. A test may end sessions on purpose, and a pool that has ended does not wait
 * until its connections have closed: without a listener, one that breaks, in the pool or in use, ends the process.
 */
export function openPool(connectionString: string, more: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 10, ...more });
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}
