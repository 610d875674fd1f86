// graphile-worker. It deletes what is done; what a worker held that was killed stays locked for four hours.
import { runMigrations } from "graphile-worker";
import type { System } from "../system.ts";

export const graphileWorker: System = {
  name: "graphile-worker",
  worker: new URL("./worker.ts", import.meta.url),
  tables: ["graphile_worker._private_jobs"],
  unfinished: "select payload->>'subject' as subject from graphile_worker._private_jobs",
  async install(connectionString, pool) {
    await runMigrations({ connectionString });
    return {
      offer: (jobs) =>
        pool.query(
          `select from graphile_worker.add_jobs((
             select array_agg(('noop', job, null, null, null, null, null, null)::graphile_worker.job_spec)
             from unnest($1::json[]) job
           ))`,
          [jobs.map((job) => JSON.stringify(job))],
        ),
      close: async () => undefined,
    };
  },
};
