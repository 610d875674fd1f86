// graphile-worker's preset. At the root, so that `npx graphile-worker` finds it and runs the same tasks with the same promises.
import { startWorkerRuntime } from "./server/runtime.ts";
import { createWorkerPreset } from "./server/worker.ts";

const runtime = await startWorkerRuntime();

export default createWorkerPreset(runtime, () => runtime.connections.release());
