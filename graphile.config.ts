// graphile-worker's preset. At the root, so that `npx graphile-worker` finds it and runs the same tasks with the same promises.
import { findAccess } from "steward/worker/access";
import { createWorkerPreset } from "steward/worker/preset";
import { startWorkerRuntime } from "./server/runtime.ts";
import { workerOptions } from "./server/worker.ts";

const runtime = await startWorkerRuntime();
const { connections } = runtime;

export default createWorkerPreset(
  { ...workerOptions(runtime), onStop: () => connections.release() },
  await findAccess(connections.database.url),
);
