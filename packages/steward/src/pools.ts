// Connection pools: one for the owner (workers, migrations), one for the server's restricted login.
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { log } from "./log.ts";
import { type SessionSettings, sessionSql } from "./session-settings.ts";

const END_MS = 3_000;
const UNANSWERED_MS = 15_000;

export interface PoolSettings extends SessionSettings {
  readonly connectionString: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Most connections at a time. */
  readonly max?: number;
  /** So many stay open while nothing happens, once they are. */
  readonly min?: number;
}

function createPool(settings: PoolSettings, extra: pg.PoolConfig = {}): pg.Pool {
  const session = sessionSql(settings);
  const pool = new pg.Pool({
    connectionString: settings.connectionString,
    application_name: settings.applicationName,
    max: settings.max ?? 10,
    min: settings.min ?? 0,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it, whatever its types say
    onConnect: (client) => client.query(session),
    ...extra,
  });
  logErrors(pool, settings.applicationName);
  return pool;
}

/** Without a listener, a connection that breaks while idle or checked out would end the process. */
function logErrors(pool: pg.Pool, name: string): void {
  const report = (err: Error) => {
    // A pool that ends does not wait for its connections to close; an embedded Postgres may go down first.
    if (!pool.ending) log.warn({ err, pool: name }, "a database connection broke; the pool opens another");
  };
  pool.on("error", report);
  pool.on("connect", (client) => client.on("error", report));
}

/**
 * Pool with the owner's rights, for workers and migrations. The server looks every second whether its client still
 * lives, so that what a killed worker left running stops. Compiling a statement takes longer than any of ours runs.
 */
export function createOwnerPool(settings: PoolSettings): pg.Pool {
  return createPool({ ...settings, more: { client_connection_check_interval: "1000", jit: "off" } });
}

/**
 * Pool of the server's restricted login (API_DATABASE_URL). Statements end after 10 s unless told otherwise; a connection that has
 * not answered by then, because nothing answers any more, is given up. Queries of one connection leave without waiting for each
 * other's answers.
 */
export function createApiPool(settings: PoolSettings): pg.Pool {
  return createPool(
    { statementTimeoutMs: 10_000, idleInTransactionMs: 30_000, ...settings },
    { pipeline: true, query_timeout: UNANSWERED_MS },
  );
}

/** Ends a pool, and does not wait for ever for a connection that broke in somebody's hands. */
export async function endPool(pool: pg.Pool): Promise<void> {
  await Promise.race([pool.end(), sleep(END_MS, undefined, { ref: false })]);
}
