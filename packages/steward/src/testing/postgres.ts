// A real Postgres for tests: in a temporary folder, without fsync, gone with the process that started it.
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, openCluster, programEnvironment, SUPERUSER } from "../embedded/cluster.ts";
import { choosePort } from "../embedded/ports.ts";
import { withClient } from "../migrate/connect.ts";

const SETTINGS = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "max_connections=200",
  "shared_buffers=128MB",
  "max_wal_size=4GB",
  "autovacuum_naptime=5s",
  "jit=off",
  "timezone=UTC",
  "log_min_messages=fatal",
];
const PATIENCE_MS = 15_000;

/**
 * Starts one on a free port and returns the superuser's URL. It is stopped and its folder removed when this process exits.
 * `settings` (name=value) go before ours.
 */
export async function startPostgres(settings: readonly string[] = []): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "steward-test-"));
  // As root, Postgres runs as somebody else, who must get through.
  chmodSync(folder, 0o755);
  const cluster = await openCluster(folder, false);
  const port = await choosePort(undefined);
  const child = launch(cluster, port, [...SETTINGS, ...settings]);
  stopAtExit(child, folder);
  const url = `postgres://${SUPERUSER}:${cluster.superuserPassword}@127.0.0.1:${port}/postgres`;
  await untilReady(url, child);
  return url;
}

/** It neither keeps this process alive nor outlives it. */
function launch(cluster: Cluster, port: number, settings: readonly string[]): ChildProcess {
  const args = ["-D", cluster.folder, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
  const [program, all] = cluster.launcher.command(cluster.binaries.postgres, args);
  // What tests provoke on purpose would fill the screen.
  const child = spawn(program, all, { stdio: "ignore", cwd: "/", env: programEnvironment });
  child.unref();
  return child;
}

function stopAtExit(child: ChildProcess, folder: string): void {
  process.once("exit", () => {
    child.kill("SIGQUIT");
    removeFolder(folder);
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));
}

/** Postgres may still be removing its own files for some milliseconds; an exit handler can only wait by blocking. */
function removeFolder(folder: string): void {
  for (let attempt = 0; attempt < 100 && existsSync(folder); attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // A file came or went meanwhile: again.
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
}

async function untilReady(connectionString: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    if (await withClient({ connectionString }, async () => true).catch(() => false)) return;
    await delay(25);
  }
  throw new Error(`the Postgres for tests did not start (exit code ${child.exitCode})`);
}
