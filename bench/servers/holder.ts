// A worker process whose steps never end: it tells its parent of each that it begins, until it is killed.
import { once } from "node:events";
import { defineTask } from "steward/engine/define-task";
import { startBenchWorker } from "../helpers/worker.ts";

const hold = defineTask(async ({ id, signal }) => {
  process.send?.(id);
  await once(signal, "abort");
  return undefined;
});
await startBenchWorker(process.argv[2] ?? "", { hold }, "ours");
process.send?.("ready");
