// Steward: single runs of a lifecycle of one step.
import { migrateAll } from "../../../server/migrate.ts";
import { NOOP_LIFECYCLE } from "../../helpers/worker.ts";
import type { System } from "../system.ts";

export const steward: System = {
  name: "Steward",
  worker: new URL("./worker.ts", import.meta.url),
  tables: ["steward.runs", "steward.steps", "graphile_worker._private_jobs"],
  unfinished: "select subject_id as subject from steward.runs where status <> 'succeeded'",
  async install(url, pool) {
    await migrateAll({ connectionString: url });
    await pool.query(NOOP_LIFECYCLE);
    return {
      offer: (jobs) =>
        pool.query("select steward.start_runs('bench', 'bench', $1::text[], inputs => $2::jsonb[])", [
          jobs.map(({ subject }) => subject),
          jobs.map(({ at, padding }) => JSON.stringify({ at, padding })),
        ]),
      close: async () => undefined,
    };
  },
};
