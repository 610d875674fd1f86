// Worker processes for tests: real ones, started as users start them, to be killed, stopped and asked to end.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../server/config.ts";

/** `worker`: npm run worker; `cli`: npx graphile-worker; anything else: a file of the project that is one. */
export type WorkerKind = "worker" | "cli" | (string & {});

export interface WorkerOptions {
  readonly kind?: WorkerKind;
  /** The folder of the project that it is of; this one unless said. */
  readonly project?: string | undefined;
  readonly args?: readonly string[];
  /** The owner's connection. */
  readonly databaseUrl: string;
  readonly apiUrl: string;
  /** Where the providers are, and whatever else it is to find in its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Steps at once. */
  readonly concurrency?: number;
  /** How far its clock is ahead, or behind where negative. */
  readonly clockOffsetMs?: number;
}

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface TestWorker {
  readonly pid: number;
  /** Resolves when the process is gone. */
  readonly exited: Promise<WorkerExit>;
  /** What it logged so far. */
  log(): string;
  kill(signal: NodeJS.Signals): void;
  /** Ends it in order (by force after 20 s) and waits until it is gone. */
  stop(): Promise<WorkerExit>;
}

const KEY = Buffer.alloc(32, 7).toString("base64");
const FILES: Readonly<Record<string, string>> = {
  worker: "scripts/worker.ts",
  cli: "node_modules/graphile-worker/dist/cli.js",
};
const STOP_MS = 20_000;
const LOG_LIMIT = 200_000;

/** A folder that keeps what workers logged, to look into after a test has failed. */
const LOGS = process.env["STEWARD_TEST_LOGS"];

/** Starts one; it goes with this process. It is at work when `steward_private.workers` has a row with its pid. */
export function startWorker(options: WorkerOptions): TestWorker {
  const kind = options.kind ?? "worker";
  const child = spawn(process.execPath, [FILES[kind] ?? kind, ...(options.args ?? [])], {
    cwd: options.project ?? PROJECT_ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: environment(options),
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-LOG_LIMIT);
      if (LOGS !== undefined) appendFileSync(join(LOGS, `${child.pid}.log`), chunk);
    });
  const exited = once(child, "exit").then(([code, signal]) => ({ code, signal }) as WorkerExit);
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  void exited.then(() => process.off("exit", end));
  return {
    pid: child.pid ?? 0,
    exited,
    log: () => output,
    kill: (signal) => void child.kill(signal),
    stop: () => stop(child, exited),
  };
}

async function stop(child: ChildProcess, exited: Promise<WorkerExit>): Promise<WorkerExit> {
  child.kill("SIGTERM");
  child.kill("SIGCONT");
  const force = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  const exit = await exited;
  clearTimeout(force);
  return exit;
}

function environment(options: WorkerOptions): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return {
    PATH,
    HOME,
    TMPDIR,
    NODE_ENV: "test",
    LOG_LEVEL: "info",
    DATABASE_URL: options.databaseUrl,
    API_DATABASE_URL: options.apiUrl,
    ENCRYPTION_KEY: KEY,
    WORKER_CONCURRENCY: String(options.concurrency ?? 10),
    ...(options.clockOffsetMs === undefined ? {} : shiftedClock(options.clockOffsetMs)),
    ...options.env,
  };
}

function shiftedClock(offsetMs: number): NodeJS.ProcessEnv {
  const preloaded = join(PROJECT_ROOT, "tests/helpers/shifted-clock.ts");
  return { NODE_OPTIONS: `--import ${preloaded}`, CLOCK_OFFSET_MS: String(offsetMs) };
}
