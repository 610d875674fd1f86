// npm start: everything in one process. Embedded services where none are configured, migrations, worker, server.
import { runCommand } from "steward/command";
import { logConsole } from "steward/console-log";
import { logLittle } from "steward/log";
import { resolveJwtSecret } from "steward/setting/jwt-secret";
import { stopSignal, untilAborted } from "steward/shutdown";
import { runWorker } from "steward/worker/preset";
import { createApi } from "./api.ts";
import { loadConfigOrExit } from "./config.ts";
import type { StandIns } from "./http/stand-ins.ts";
import { migrateAll } from "./migrate.ts";
import { findRunning } from "./running.ts";
import { startWorkerRuntime, type WorkerRuntime } from "./runtime.ts";
import type { Services } from "./services.ts";
import { welcome, welcomeAgain } from "./welcome.ts";
import { workerOptions } from "./worker.ts";

const stopping = stopSignal();
// Whoever looks at the terminal wants to see what is amiss; each step that succeeds is a line in a log that a machine keeps.
const isQuiet = process.stderr.isTTY && logLittle();
logConsole();
await runCommand(async () => {
  if (await runsAlready()) return;
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
  process.stdout.write(await welcome(url, config, connections, isQuiet));
  await untilAborted(stopping);
  await Promise.all([server.close(), worker]);
}

/** Says where, and how to get in. */
async function runsAlready(): Promise<boolean> {
  const config = loadConfigOrExit();
  const url = await findRunning(config);
  if (url !== undefined) process.stdout.write(await welcomeAgain(url, config, resolveJwtSecret(config)));
  return url !== undefined;
}

function standInsOf({ drive, clouds }: Services): StandIns {
  const cloud = clouds.find(({ embedded }) => embedded);
  return {
    ...(drive.embedded && drive.kind === "nextcloud" && { drive: { url: drive.url, password: drive.adminPassword } }),
    ...(cloud && { cloud: { url: cloud.url, password: cloud.password } }),
  };
}
