// A worker process of graphile-worker, with the settings that Steward gives it. It stops at SIGTERM by itself. Arguments: the owner's connection, its places.
import { Logger, run } from "graphile-worker";
import { queueSettings } from "steward/worker/preset";
import type { Job } from "../system.ts";
import { work } from "../work.ts";

const [connectionString = "", places] = process.argv.slice(2);
const runner = await run({
  taskList: { noop: (job) => work(job as Job) },
  preset: {
    worker: { connectionString, ...queueSettings(Number(places)), logger: new Logger(() => () => undefined) },
  },
});
await runner.promise;
process.disconnect();
