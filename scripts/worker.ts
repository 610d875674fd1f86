// npm run worker: a worker alone. The database must have been migrated.
import { runCommand } from "steward/command";
import { stopSignal } from "steward/shutdown";
import { runWorker } from "steward/worker/preset";
import { startWorkerRuntime } from "../server/runtime.ts";
import { workerOptions } from "../server/worker.ts";

const stopping = stopSignal();
await runCommand(async () => {
  const runtime = await startWorkerRuntime();
  await runWorker(workerOptions(runtime), stopping);
  await runtime.connections.release();
});
