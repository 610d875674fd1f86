// npm run worker: a worker alone. The database must have been migrated.
import { runCommand } from "../server/command.ts";
import { startWorkerRuntime } from "../server/runtime.ts";
import { stopSignal } from "../server/shutdown.ts";
import { runWorker } from "../server/worker.ts";

const stopping = stopSignal();
await runCommand(async () => {
  const runtime = await startWorkerRuntime();
  await runWorker(runtime, stopping);
  await runtime.connections.release();
});
