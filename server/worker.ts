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
    // So that each cloud has its lane, and an insert can refuse a project at a provider or in a region that no worker knows.
    async onStart(pool) {
      const clouds = services.clouds.all.map(({ name, regions }) => ({ provider: name, regions }));
      await pool.query("select app_private.set_clouds($1)", [JSON.stringify(clouds)]);
    },
  };
}
