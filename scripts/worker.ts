// npm run worker: a worker alone. The database must have been migrated.
import { startWorkerRuntime } from "../server/runtime.ts";
import { stopSignal } from "../server/shutdown.ts";
import { runWorker } from "../server/worker.ts";

const stopping = stopSignal();
const runtime = await startWorkerRuntime();
await runWorker(runtime, stopping);
await runtime.connections.release();
process.exit(0);
