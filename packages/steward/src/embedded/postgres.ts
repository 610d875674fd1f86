// Runs the embedded Postgres: starts it, starts it again when it is killed, stops it.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "../errors/index.ts";
import { log } from "../log.ts";
import { type Cluster, openCluster, programEnvironment } from "./cluster.ts";
import { ensureDatabase, ownerUrl, type Passwords } from "./database.ts";
import { lastLine, logLength } from "./logs.ts";
import { stopOrphans } from "./orphan.ts";
import { choosePort } from "./ports.ts";
import { POSTGRES_SETTINGS } from "./postgres-settings.ts";

const START_PATIENCE_MS = 20_000;
// A server killed just before leaves its lock file and shared memory behind until its last process is gone; a port may be
// taken between our look and its.
const PASSING = /lock file|shared memory|could not create any TCP|starting up|shutting down/;

export interface PostgresOptions {
  readonly dataDir: string;
  readonly logFile: string;
  readonly port: number | undefined;
  /** Settings on top of ours, such as `fsync: "off"` for tests. */
  readonly settings: Readonly<Record<string, string>>;
  /** Called when Postgres died and could not be started again. */
  readonly onLost: (error: unknown) => void;
}

export interface RunningPostgres {
  readonly port: number;
  /** The owner's connection. */
  readonly databaseUrl: string;
  /** Stops Postgres cleanly; returns when it is gone. */
  close(): Promise<void>;
}

/** Starts Postgres, and keeps it running until closed. ST802 if it does not start. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const cluster = await openCluster(options.dataDir, options.settings["fsync"] !== "off");
  let closing = false;
  let server = await startServer(cluster, options, options.port);
  const { port } = server;

  const watch = () => {
    server.child.once("exit", (code, signal) => {
      if (closing) return;
      log.error({ code, signal }, "Postgres ended unexpectedly; starting it again");
      startServer(cluster, options, port).then((next) => {
        server = next;
        if (server.port !== port) return options.onLost(new EngineError("ST802", { sentence: "Its port was taken." }));
        if (closing) server.child.kill("SIGINT");
        watch();
      }, options.onLost);
    });
  };
  watch();

  const close = async () => {
    closing = true;
    await stopServer(server.child);
  };
  return { port, databaseUrl: ownerUrl(port, cluster.ownerPassword), close };
}

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

async function startServer(cluster: Cluster, options: PostgresOptions, preferred: number | undefined): Promise<Server> {
  const deadline = Date.now() + START_PATIENCE_MS;
  for (;;) {
    await stopOrphans(cluster.folder);
    const port = await choosePort(preferred);
    const logged = logLength(options.logFile);
    const child = spawnServer(cluster, options, port);
    if (await untilReady(child, port, cluster)) return { child, port };
    const reason = lastLine(options.logFile, "FATAL", logged);
    const passes = child.signalCode !== null || PASSING.test(reason);
    if (!passes || Date.now() > deadline) {
      throw new EngineError("ST802", { sentence: `The embedded Postgres does not start: ${reason}` });
    }
    await sleep(200);
  }
}

function spawnServer(cluster: Cluster, options: PostgresOptions, port: number): ChildProcess {
  const settings = { ...POSTGRES_SETTINGS, ...options.settings };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const args = ["-D", cluster.folder, "-p", String(port), ...flags];
  const [command, all] = cluster.launcher.command(cluster.binaries.postgres, args);
  const output = openSync(options.logFile, "a", 0o600);
  const child = spawn(command, all, { stdio: ["ignore", output, output], env: programEnvironment, cwd: "/" });
  closeSync(output);
  // Said by the exit that follows.
  child.once("error", (err) => log.error({ err }, "Postgres could not be launched"));
  return child;
}

/** True when it answers queries, false when it ended before that. */
async function untilReady(child: ChildProcess, port: number, passwords: Passwords): Promise<boolean> {
  let ended = false;
  const onEnd = () => {
    ended = true;
  };
  child.once("exit", onEnd).once("error", onEnd);
  while (!ended) {
    if (await ensureDatabase(port, passwords)) return true;
    await sleep(15);
  }
  return false;
}

async function stopServer(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    child.once("exit", () => resolve());
  });
  for (const [signal, waitMs] of [
    ["SIGINT", 10_000],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ] as const) {
    child.kill(signal);
    const stopped = await Promise.race([gone.then(() => true), sleep(waitMs, false, { ref: false })]);
    if (stopped) return;
    log.warn({ signal }, "Postgres did not stop in time; insisting");
  }
}
