// This application's worker: its tasks, crontab and providers.
import type { WorkerOptions } from "steward/worker/preset";
import { isExperimental } from "./clouds-file.ts";
import { PROJECT_ROOT } from "./config.ts";
import { laneOf } from "./providers/clouds.ts";
import type { WorkerRuntime } from "./runtime.ts";
import { fingerprint } from "./secrets.ts";
import type { Services } from "./services.ts";

export function workerOptions({ config, connections, services }: WorkerRuntime): WorkerOptions {
  return {
    connectionString: connections.database.url,
    instance: config.instance,
    credentials: credentialsOf(connections),
    alertWebhook: config.alertWebhook,
    concurrency: config.workerConcurrency,
    queueSchema: config.queueSchema,
    taskDirectory: `${PROJECT_ROOT}/tasks`,
    crontabFile: `${PROJECT_ROOT}/crontab`,
    services,
    // So that each cloud has its lane with what is to be known of it, and an insert can refuse a project at a provider or in a region that no worker knows.
    async onStart(pool) {
      const clouds = connections.clouds.map((cloud) => ({
        provider: cloud.provider,
        regions: cloud.regions,
        remark: isExperimental(cloud) ? "experimental" : null,
      }));
      await pool.query("select app_private.set_clouds($1)", [JSON.stringify(clouds)]);
    },
  };
}

/** By lane. */
function credentialsOf({ drive, clouds, encryptionKey }: Services): Record<string, string> {
  const logins: (readonly [string, object])[] = [
    ["drive", drive],
    ...clouds.map((cloud) => [laneOf(cloud.provider), cloud] as const),
  ];
  return Object.fromEntries(logins.map(([lane, login]) => [lane, fingerprint(encryptionKey, JSON.stringify(login))]));
}
