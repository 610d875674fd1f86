// The Postgres that a scenario has for itself: durable, with 400 connections, autovacuum at its defaults; it can be stopped and started.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startPostgres } from "steward/embedded/postgres";
import { openPool } from "steward/testing/server";

const SETTINGS = { max_connections: "400", shared_buffers: "256MB", work_mem: "8MB" };

/** What a phase is measured by, at one moment. */
export interface Look {
  readonly at: number;
  readonly commits: number;
  readonly wal: number;
  readonly dead: number;
}

export interface ScenarioPostgres {
  readonly url: string;
  /** The driver's connections; broken ones are replaced. */
  readonly pool: pg.Pool;
  /** Returns when it is down. */
  stop(): Promise<void>;
  /** Returns when it answers, at the same address. */
  start(): Promise<void>;
  /** A connection of one's own. */
  connect(): Promise<pg.Client>;
  /** `tables` are those whose dead rows count. */
  look(tables: readonly string[]): Promise<Look>;
  close(): Promise<void>;
}

export async function openScenarioPostgres(): Promise<ScenarioPostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), "steward-pressure-"));
  await chmod(dataDir, 0o755);
  const start = (port?: number) =>
    startPostgres({
      dataDir,
      logFile: join(dataDir, "postgres.log"),
      port,
      settings: SETTINGS,
      onLost(error) {
        throw error;
      },
    });
  let server = await start();
  const { databaseUrl: url, port } = server;
  const pool = openPool(url, { max: 8, connectionTimeoutMillis: 2_000 });
  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }
  return {
    url,
    pool,
    stop: () => server.close(),
    async start() {
      server = await start(port);
    },
    connect,
    // Of the pool's connections one may just have lost its server.
    async look(tables) {
      const client = await connect();
      try {
        return await look(client, tables);
      } finally {
        await client.end();
      }
    },
    async close() {
      await pool.end();
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function look(client: pg.Client, tables: readonly string[]): Promise<Look> {
  const { rows } = await client.query<{ at: string; commits: string; wal: string; dead: string }>(
    `select extract(epoch from clock_timestamp()) * 1000 as at, pg_current_wal_lsn() - '0/0'::pg_lsn as wal,
       (select xact_commit from pg_stat_database where datname = current_database()) as commits,
       (select sum(n_dead_tup) from pg_stat_user_tables where relid = any($1::regclass[])) as dead`,
    [tables],
  );
  const [row] = rows;
  return { at: Number(row?.at), commits: Number(row?.commits), wal: Number(row?.wal), dead: Number(row?.dead) };
}
