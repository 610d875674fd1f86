// npm run worker: a worker alone. The database must have been migrated.
import { runCommand } from "steward/command";
import { serveMetrics } from "steward/metrics/serve";
import { stopSignal } from "steward/shutdown";
import { runWorker } from "steward/worker/preset";
import { startWorkerRuntime } from "../server/runtime.ts";
import { workerOptions } from "../server/worker.ts";

const stopping = stopSignal();
await runCommand(async () => {
  const runtime = await startWorkerRuntime();
  const metrics = serveMetrics(runtime.config, runtime.connections.database.url);
  await runWorker(workerOptions(runtime), stopping);
  await metrics.stop();
  await runtime.connections.release();
});
