// graphile-worker's preset. At the root, so that `npx graphile-worker` finds it and runs the same tasks with the same promises.

import { serveMetrics } from "steward/metrics/serve";
import { findAccess } from "steward/worker/access";
import { createWorkerPreset } from "steward/worker/preset";
import { startWorkerRuntime } from "./server/runtime.ts";
import { workerOptions } from "./server/worker.ts";

const runtime = await startWorkerRuntime();
const { config, connections } = runtime;
const metrics = serveMetrics(config, connections.database.url);

async function onStop(): Promise<void> {
  await metrics.stop();
  await connections.release();
}

export default createWorkerPreset({ ...workerOptions(runtime), onStop }, await findAccess(connections.database.url));
