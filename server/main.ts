// npm start: everything in one process. Embedded services where none are configured, migrations, worker, server.
import { randomUUID } from "node:crypto";
import { runCommand } from "steward/command";
import { logConsole } from "steward/console-log";
import { signToken } from "steward/http/sign-token";
import { stopSignal, untilAborted } from "steward/shutdown";
import { runWorker } from "steward/worker/preset";
import { createApi } from "./api.ts";
import type { Config } from "./config.ts";
import type { StandIns } from "./http/stand-ins.ts";
import { migrateAll } from "./migrate.ts";
import { startWorkerRuntime, type WorkerRuntime } from "./runtime.ts";
import type { Services } from "./services.ts";
import { workerOptions } from "./worker.ts";

const DRIVE_SETTING = { nextcloud: "(NEXTCLOUD_URL)", scim: "(SCIM_URL)" };

const stopping = stopSignal();
logConsole();
await runCommand(async () => {
  const runtime = await startWorkerRuntime();
  try {
    await main(runtime);
  } finally {
    await runtime.connections.release();
  }
});

async function main(runtime: WorkerRuntime): Promise<void> {
  const { config, connections } = runtime;
  const { database, jwtSecret, encryptionKey } = connections;
  await migrateAll({ connectionString: database.url, apiUrl: database.apiUrl });
  const standIns = standInsOf(connections);
  const server = await createApi({
    config,
    apiUrl: database.apiUrl,
    jwtSecret,
    encryptionKey,
    isLocal: true,
    standIns,
  });
  const url = await server.listen();
  const worker = runWorker(workerOptions(runtime), stopping);
  await printWelcome(url, config, connections);
  await untilAborted(stopping);
  await Promise.all([server.close(), worker]);
}

function standInsOf({ drive, clouds }: Services): StandIns {
  const cloud = clouds.find(({ embedded }) => embedded);
  return {
    ...(drive.embedded && drive.kind === "nextcloud" && { drive: { url: drive.url, password: drive.adminPassword } }),
    ...(cloud && { cloud: { url: cloud.url, password: cloud.password } }),
  };
}

async function printWelcome(
  url: string,
  config: Config,
  { database, drive, clouds, jwtSecret }: Services,
): Promise<void> {
  // In production stdout goes to where logs are kept: no secret belongs there.
  const isPrivate = config.environment !== "production";
  const lines = [
    "",
    `Steward is ready at ${url}`,
    `  GraphQL   ${url}/graphql${config.introspection ? `   (in the browser: ${url}/graphiql)` : ""}`,
    `  Postgres  ${postgres(database, isPrivate)}`,
    `  Drive     ${drive.url}   ${drive.embedded ? "(embedded: a stand-in, no real accounts)" : DRIVE_SETTING[drive.kind]}`,
    ...clouds.map(
      ({ url, embedded, provider }) =>
        `  Cloud     ${url}   ${embedded ? "(embedded: a stand-in, no real projects)" : `(${provider})`}`,
    ),
  ];
  if (jwtSecret !== undefined && isPrivate) {
    lines.push(
      "  An admin token to look with, for 12 hours:",
      await signToken(jwtSecret, config.jwt, { role: "admin", sub: randomUUID() }),
      "  The page at that address asks for none. Another token: npm run token",
    );
  }
  process.stdout.write(`${lines.join("\n")}\n\n`);
}

function postgres({ embedded, url }: Services["database"], isPrivate: boolean): string {
  if (!embedded) return "as in DATABASE_URL";
  return isPrivate ? `${url}   (embedded)` : "embedded";
}
