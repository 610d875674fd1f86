// A migrated database of its own for a measurement: the embedded Postgres with its usual settings (fsync on), in a temporary folder.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { attachEmbedded } from "steward/embedded/client";
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
  const { services, release } = await attachEmbedded(folder, { services: ["postgres"] });
  const url = services.postgres.databaseUrl;
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
