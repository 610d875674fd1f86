// A Postgres of a test's own, migrated, that may be restarted and killed: whatever ends it, it comes back by itself.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { attachEmbedded } from "steward/embedded/client";
import { SUPERUSER } from "steward/embedded/cluster";
import { openPool } from "steward/testing/server";
import { migrateAll } from "../../server/migrate.ts";
import { waitFor } from "./database.ts";

/** Also where a test makes another level the database's default, in which a standby answers nothing. */
const READ_COMMITTED = "-c default_transaction_isolation=read\\ committed";

/** SIGINT: as `pg_ctl restart -m fast`; SIGQUIT: `-m immediate`; SIGKILL: kill -9 of the postmaster. */
export type PostgresEnd = "SIGINT" | "SIGQUIT" | "SIGKILL";

export interface OwnPostgres {
  readonly databaseUrl: string;
  readonly apiUrl: string;
  /** For what the owner, who is no superuser, may not. */
  readonly superuserUrl: string;
  /** The owner's connections; broken ones are replaced. */
  readonly pool: pg.Pool;
  /** Ends Postgres this way; resolves when it answers again. */
  restart(how: PostgresEnd): Promise<void>;
  /** It comes back as a standby, which only reads, as during a failover. */
  demote(): Promise<void>;
  /** Ends that, without a restart; also when Postgres has been restarted meanwhile. */
  promote(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one in a folder that goes with it. Settings go on top of those of tests. */
export async function startOwnPostgres(settings: Readonly<Record<string, string>> = {}): Promise<OwnPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "steward-postgres-"));
  chmodSync(folder, 0o755);
  const attached = await attachEmbedded(folder, {
    services: ["postgres"],
    postgresSettings: { fsync: "off", full_page_writes: "off", shared_buffers: "64MB", ...settings },
  });
  const { databaseUrl } = attached.services.postgres;
  const apiUrl = new URL(databaseUrl);
  apiUrl.username = "steward_api";
  apiUrl.password = "steward_api";
  const superuserUrl = new URL(databaseUrl);
  superuserUrl.username = SUPERUSER;
  superuserUrl.password = readFileSync(join(folder, "postgres.password"), "utf8").trim();
  await migrateAll({ connectionString: databaseUrl, apiUrl: apiUrl.href });
  const pool = openPool(databaseUrl, { options: READ_COMMITTED });

  async function restart(how: PostgresEnd): Promise<void> {
    const before = await startedAt(databaseUrl);
    process.kill(postmasterPid(folder), how);
    const isBack = async () => {
      const now = await startedAt(databaseUrl).catch(() => before);
      return now !== before;
    };
    await waitFor(isBack, { timeoutMs: 60_000, what: "Postgres" });
  }

  return {
    databaseUrl,
    apiUrl: apiUrl.href,
    superuserUrl: superuserUrl.href,
    pool,
    restart,
    async demote() {
      writeFileSync(join(folder, "postgres/data/standby.signal"), "");
      await restart("SIGINT");
    },
    async promote() {
      const writes = async () => {
        const { rows } = await pool.query<{ reads: boolean }>("select pg_is_in_recovery() as reads");
        if (rows[0]?.reads === false) return true;
        // As pg_ctl promote does: the owner may not, in SQL.
        writeFileSync(join(folder, "postgres/data/promote"), "");
        process.kill(postmasterPid(folder), "SIGUSR1");
        return false;
      };
      await waitFor(() => writes().catch(() => false), { timeoutMs: 60_000, what: "the promotion" });
    },
    async close() {
      await pool.end();
      await attached.release();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function postmasterPid(folder: string): number {
  return Number(readFileSync(join(folder, "postgres/data/postmaster.pid"), "utf8").split("\n")[0]);
}

async function startedAt(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000, options: READ_COMMITTED });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ at: string }>("select pg_postmaster_start_time()::text as at");
    return String(rows[0]?.at);
  } finally {
    await client.end();
  }
}
