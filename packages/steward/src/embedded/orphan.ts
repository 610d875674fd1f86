// What an earlier, killed process left running on our data folder: found, and stopped, before another Postgres is started.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { log } from "../log.ts";
import { readIfThere } from "./files.ts";

interface Measure {
  readonly signal: NodeJS.Signals | undefined;
  readonly waitMs: number;
}

// A server has been told to stop by the death of its parent; usually that is enough.
const FOR_SERVER: readonly Measure[] = [
  { signal: undefined, waitMs: 2_000 },
  { signal: "SIGINT", waitMs: 8_000 },
  { signal: "SIGQUIT", waitMs: 5_000 },
  { signal: "SIGKILL", waitMs: 5_000 },
];

// Without their server, the processes of the sessions end by themselves, but only when their statement is done.
const FOR_STRAYS: readonly Measure[] = [
  { signal: undefined, waitMs: 100 },
  { signal: "SIGQUIT", waitMs: 1_000 },
  { signal: "SIGKILL", waitMs: 1_000 },
];

/** Returns when no process of a Postgres on `dataFolder` runs any more. Touches none that works elsewhere. */
export async function stopOrphans(dataFolder: string): Promise<void> {
  await insist(() => runningServer(dataFolder), FOR_SERVER);
  await insist(() => strays(dataFolder), FOR_STRAYS);
  if (process.platform === "linux") removeLockFile(dataFolder);
}

/**
 * Postgres refuses to start while the process number in its lock file is taken: by a zombie that nobody collects, or, in
 * a container, by somebody else after a restart. That no process works in the folder is certain only with /proc.
 */
function removeLockFile(dataFolder: string): void {
  if (runningServer(dataFolder).length > 0 || strays(dataFolder).length > 0) return;
  rmSync(join(dataFolder, "postmaster.pid"), { force: true });
}

async function insist(find: () => readonly number[], measures: readonly Measure[]): Promise<void> {
  for (const { signal, waitMs } of measures) {
    const pids = find();
    if (pids.length === 0) return;
    if (signal) {
      log.warn({ pids, signal }, "stopping Postgres processes that an earlier one left behind");
      for (const pid of pids) kill(pid, signal);
    }
    const deadline = Date.now() + waitMs;
    while (Date.now() < deadline && find().length > 0) await sleep(20);
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (err) {
    log.debug({ err, pid }, "it has just ended");
  }
}

function runningServer(dataFolder: string): number[] {
  const pid = Number(readIfThere(join(dataFolder, "postmaster.pid"))?.split("\n")[0]);
  if (!Number.isInteger(pid) || pid <= 0) return [];
  // A pid may have been given to another process since: only its command line tells.
  return commandLine(pid).includes(dataFolder) ? [pid] : [];
}

function commandLine(pid: number): string {
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}

/** Every process of a Postgres works in its data folder; without /proc we wait for the strays instead. */
function strays(dataFolder: string): number[] {
  if (process.platform !== "linux") return [];
  return (
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      // Its title too: a person's shell may stand in that folder.
      .filter((pid) => workingFolder(pid) === dataFolder && commandLine(pid).startsWith("postgres:"))
  );
}

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}
