// A migrated database of its own for a measurement: the embedded Postgres with its usual settings (fsync on), in a temporary folder.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { OWNER, SUPERUSER } from "steward/embedded/cluster";
import { withClient } from "steward/migrate/connect";
import { attachServices } from "../../server/embedded/attach.ts";
import { migrateAll } from "../../server/migrate.ts";

export interface BenchDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Where the embedded services keep their state. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Starts Postgres and migrates a database; `close` removes both. */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "steward-bench-"));
  const { services, release } = await attachServices(folder, ["postgres"]);
  const url = services.postgres.databaseUrl;
  await allowCheckpoints(url, folder);
  await migrateAll({ connectionString: url });
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on("error", () => undefined); // a connection still closing when Postgres goes down
  return {
    url,
    pool,
    folder,
    async close() {
      await pool.end();
      await release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A measurement begins after a checkpoint, so that none comes in its middle. */
async function allowCheckpoints(ownerUrl: string, folder: string): Promise<void> {
  const url = new URL(ownerUrl);
  url.username = SUPERUSER;
  url.password = (await readFile(join(folder, "postgres.password"), "utf8")).trim();
  await withClient({ connectionString: url.href }, (client) => client.query(`grant pg_checkpoint to ${OWNER}`));
}
