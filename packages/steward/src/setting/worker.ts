// A worker as a setting says: for `npx steward worker`, and for an application's graphile.config.ts, so that `npx graphile-worker`
// runs the same.
import { existsSync } from "node:fs";
import { devNull } from "node:os";
import { resolve } from "node:path";
import type { Services } from "../engine/step.ts";
import { EngineError } from "../errors/index.ts";
import { requireComplete } from "../migrate/complete.ts";
import { findAccess } from "../worker/access.ts";
import { createWorkerPreset, type WorkerOptions } from "../worker/preset.ts";
import { attachDatabase } from "./database.ts";
import { loadSetting, type Setting } from "./index.ts";

/** graphile-worker's preset for the steward.config of the present folder: `export default await workerPreset();`. */
export async function workerPreset(): Promise<GraphileConfig.Preset> {
  const setting = await loadSetting();
  const database = await attachDatabase(setting);
  await requireComplete(database.url);
  const options = { ...(await workerOptions(setting, database.url)), onStop: database.release };
  return createWorkerPreset(options, await findAccess(database.url));
}

/** ST801 where there is no folder of tasks. */
export async function workerOptions({ root, config, engine, tasks }: Setting, url: string): Promise<WorkerOptions> {
  if (!existsSync(tasks)) {
    const sentence = `There is no folder ${tasks} of tasks; npx steward init makes one, and steward.config says where yours is.`;
    throw new EngineError("ST801", { sentence });
  }
  return {
    connectionString: url,
    instance: engine.instance,
    alertWebhook: engine.alertWebhook,
    concurrency: engine.workerConcurrency,
    queueSchema: engine.queueSchema,
    taskDirectory: tasks,
    crontabFile: crontabOf(root, config.crontab),
    services: await servicesOf(config.services),
    ...(config.onStart && { onStart: config.onStart }),
  };
}

/** The application has declared the configuration's services as Steward.Services. */
async function servicesOf(services: Setting["config"]["services"] = {}): Promise<Services> {
  return (typeof services === "function" ? await services() : services) as Services;
}

/** One that is named must be there; graphile-worker's own name for it need not. */
function crontabOf(root: string, named: string | undefined): string {
  const file = resolve(root, named ?? "crontab");
  return named === undefined && !existsSync(file) ? devNull : file;
}
