// A worker process with a task that does nothing; told by its parent when to begin and when to stop.
import { once } from "node:events";
import { defineTask } from "steward/engine/define-task";
import { startBenchWorker } from "../helpers/worker.ts";

process.send?.("ready");
await once(process, "message");
const stop = await startBenchWorker(process.argv[2] ?? "", { noop: defineTask(async () => undefined) }, "ours");
await once(process, "message");
await stop();
process.disconnect();
