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

async function experimentalClouds() {
  // This variable alone: the doctor is asked with less than a worker needs.
  const { cloudsFile } = await import("./server/clouds-file.ts");
  const { data: clouds = [] } = cloudsFile.safeParse(process.env["CLOUDS_FILE"]);
  const experimental = clouds.filter(({ kind }) => kind === "zcompute");
  return experimental.map(({ provider }) => ({
    level: "hint" as const,
    message: `The cloud ${provider} is of an experimental kind: its adapter was tried against no zCompute.`,
    next: "docs/providers/zcompute.md says what is certain and how to find out more.",
  }));
}

export default defineConfig({
  tasks: "tasks",
  migrations: "db",
  embedded: "server/embedded/services.ts",
  commands: { provider: { script: "scripts/provider.ts", does: "asks a cloud what nobody has published about it" } },
  services: async () => (await runtime()).services,
  async examine(db) {
    const { rows } = await db.query<{ field: string; spellings: string[] }>(
      "select field, spellings from app_private.similar_users order by field, taken_for limit 10",
    );
    const similar = rows.map(({ field, spellings }) => ({
      level: "hint" as const,
      message: `People or providers take these users for one, by their ${field}: ${spellings.map((name) => JSON.stringify(name)).join(", ")}.`,
      next: "Rename all but one; app_private.similar_users has their ids.",
    }));
    return [...similar, ...(await experimentalClouds())];
  },
  async onStart(pool) {
    const { workerOptions } = await import("./server/worker.ts");
    await workerOptions(await runtime()).onStart?.(pool);
  },
});
