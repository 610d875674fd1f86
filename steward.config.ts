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
    const remarked = await db.query<{ name: string; remark: string }>(
      "select name, remark from steward.lanes where remark is not null order by name",
    );
    const clouds = remarked.rows.map(({ name, remark }) => ({
      level: "hint" as const,
      message: `The lane ${name} is ${remark}: the adapter of its cloud was tried against no real one.`,
      next: "docs/providers/zcompute.md says what is certain and how to find out more.",
    }));
    const { rolesLacking } = await import("./server/migrate.ts");
    const apiUrl = process.env["API_DATABASE_URL"];
    const lacking = apiUrl === undefined ? [] : await rolesLacking(db, apiUrl);
    const login = {
      level: "problem" as const,
      message: `The login of API_DATABASE_URL may not become ${lacking.join(" or ")}: the server's requests fail.`,
      next: "npm run migrate gives it what it needs.",
    };
    return [...similar, ...clouds, ...(lacking.length > 0 ? [login] : [])];
  },
  async onStart(pool) {
    const { workerOptions } = await import("./server/worker.ts");
    await workerOptions(await runtime()).onStart?.(pool);
  },
});
