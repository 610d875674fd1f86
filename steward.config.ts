// What `npx steward` needs to know of this application: `npx steward doctor`, `npx steward lifecycles`, and so on.
import { defineConfig } from "steward";

export default defineConfig({
  tasks: "tasks",
  migrations: "db",
  embedded: "server/embedded/services.ts",
  services: async () => {
    const { startWorkerRuntime } = await import("./server/runtime.ts");
    return (await startWorkerRuntime()).services;
  },
});
