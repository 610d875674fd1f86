// A worker process of Steward as npm run worker is one, with the task of the scenarios. Arguments: the owner's connection, its places.
import { join } from "node:path";
import type { Services } from "steward/engine/step";
import { stopSignal } from "steward/shutdown";
import { runWorker } from "steward/worker/preset";

const [connectionString = "", places] = process.argv.slice(2);
const taskDirectory = join(import.meta.dirname, "tasks");
await runWorker(
  { connectionString, concurrency: Number(places), taskDirectory, services: {} as Services },
  stopSignal(),
);
process.disconnect();
