// Runs a command of ours in a process of its own, and starts it again whenever a file of the application changes.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { log } from "../log.ts";
import { stopSignal } from "../shutdown.ts";
import type { Context } from "./action.ts";

/** An editor saves in several events. */
const SETTLE_MS = 100;

interface Watched {
  /** Arguments of the command `steward`. */
  readonly args: readonly string[];
  /** Folders that are watched with all that lies in them. */
  readonly folders: readonly string[];
  /** The application's folder: the files right in it are watched. */
  readonly root: string;
  readonly signal: AbortSignal;
}

/** Runs a command of the setting's folder, again whenever a task, a lifecycle or the configuration changes, until it is told to stop. */
export async function watchAndRun(context: Context, command: "start" | "worker"): Promise<void> {
  const signal = stopSignal();
  const { root, tasks, lifecycles = tasks } = await context.setting();
  // Held meanwhile, so that an embedded Postgres does not stop and start as well.
  const database = await context.attachDatabase();
  try {
    await runAgainOnChange({ args: [command], folders: [tasks, lifecycles], root, signal });
  } finally {
    await database.release();
  }
}

async function runAgainOnChange({ args, folders, root, signal }: Watched): Promise<void> {
  let change = Promise.withResolvers<string>();
  const note = (_event: string, file: string | null) => {
    if (file === null || /\.(ts|js|mjs|sql)$|^crontab$/.test(file)) change.resolve(file ?? "a file");
  };
  const watchers = [
    watch(root, { signal }, note),
    ...folders.filter((folder) => existsSync(folder)).map((folder) => watch(folder, { signal, recursive: true }, note)),
  ];
  for (const watcher of watchers)
    watcher.on("error", (err) => log.warn({ err }, "a folder cannot be watched any more"));
  const aborted = new Promise<undefined>((resolve) =>
    signal.addEventListener("abort", () => resolve(undefined), { once: true }),
  );

  while (!signal.aborted) {
    change = Promise.withResolvers();
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? "", ...args], { stdio: "inherit" });
    const file = await Promise.race([change.promise, aborted]);
    if (file !== undefined) log.info({ file }, "a file has changed: starting again");
    await stop(child);
    if (!signal.aborted) await sleep(SETTLE_MS);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}
