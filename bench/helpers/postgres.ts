// A migrated database of its own for a measurement: the embedded Postgres with its usual settings (fsync on), in a temporary folder.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { OWNER, SUPERUSER } from "steward/embedded/cluster";
import { withClient } from "steward/migrate/connect";
import { openPool } from "steward/testing/server";
import { attachServices } from "../../server/embedded/attach.ts";
import { migrateAll } from "../../server/migrate.ts";

export interface BenchDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Where the embedded services keep their state. */
  readonly folder: string;
  /** Another one, in the same Postgres; it goes with the first. */
  another(name: string): Promise<BenchDatabase>;
  close(): Promise<void>;
}

/** Starts Postgres and migrates a database; `close` removes both. */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "steward-bench-"));
  const { services, release } = await attachServices(folder, ["postgres"]);
  const url = services.postgres.databaseUrl;
  await allowCheckpoints(url, folder);
  const first = await openIn(folder, url);
  return {
    ...first,
    async close() {
      await first.close();
      await release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openIn(folder: string, url: string): Promise<BenchDatabase> {
  await migrateAll({ connectionString: url });
  const pool = openPool(url, { max: 4 });
  return {
    url,
    pool,
    folder,
    async another(name) {
      await pool.query(`create database ${pg.escapeIdentifier(name)}`);
      const its = new URL(url);
      its.pathname = name;
      return openIn(folder, its.href);
    },
    close: () => pool.end(),
  };
}

/** A measurement begins after a checkpoint, so that none comes in its middle. */
async function allowCheckpoints(ownerUrl: string, folder: string): Promise<void> {
  const url = new URL(ownerUrl);
  url.username = SUPERUSER;
  url.password = (await readFile(join(folder, "postgres.password"), "utf8")).trim();
  await withClient({ connectionString: url.href }, (client) => client.query(`grant pg_checkpoint to ${OWNER}`));
}
