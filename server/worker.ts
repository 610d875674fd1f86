// This application's worker: its tasks, crontab and providers.
import type { WorkerOptions } from "steward/worker/preset";
import { PROJECT_ROOT } from "./config.ts";
import type { WorkerRuntime } from "./runtime.ts";

export function workerOptions({ config, connections, services }: WorkerRuntime): WorkerOptions {
  return {
    connectionString: connections.database.url,
    instance: config.instance,
    alertWebhook: config.alertWebhook,
    concurrency: config.workerConcurrency,
    queueSchema: config.queueSchema,
    taskDirectory: `${PROJECT_ROOT}/tasks`,
    crontabFile: `${PROJECT_ROOT}/crontab`,
    services,
    // So that an insert can refuse a project at a provider or in a region that no worker knows.
    async onStart(pool) {
      const { name, regions } = services.cloud;
      await pool.query("select app_private.set_cloud_regions($1, $2)", [name, regions]);
    },
  };
}
