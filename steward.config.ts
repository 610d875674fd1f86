// What `npx steward` needs to know of this application: for `npx steward doctor`, `npx steward worker`, and so on.
// Steward makes no logins: `npm run migrate` does all that `npx steward migrate` does, and makes the login of API_DATABASE_URL.
import { defineConfig } from "steward";
import type { WorkerRuntime } from "./server/runtime.ts";

let started: Promise<WorkerRuntime> | undefined;

/** Only a worker needs it: other commands do not start the providers. */
async function runtime(): Promise<WorkerRuntime> {
  const { startWorkerRuntime } = await import("./server/runtime.ts");
  started ??= startWorkerRuntime();
  return started;
}

export default defineConfig({
  tasks: "tasks",
  migrations: "db",
  embedded: "server/embedded/services.ts",
  services: async () => (await runtime()).services,
  async onStart(pool) {
    const { workerOptions } = await import("./server/worker.ts");
    await workerOptions(await runtime()).onStart?.(pool);
  },
});
