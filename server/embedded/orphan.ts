// A Postgres server that an earlier, killed process left on our data folder: found, and stopped, before we start another.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { log } from "../log.ts";
import { readIfThere } from "./files.ts";

const STEPS: readonly { readonly signal: NodeJS.Signals | undefined; readonly waitMs: number }[] = [
  // It has been told to stop by its parent's death; usually that is enough.
  { signal: undefined, waitMs: 2_000 },
  { signal: "SIGINT", waitMs: 8_000 },
  { signal: "SIGQUIT", waitMs: 5_000 },
  { signal: "SIGKILL", waitMs: 5_000 },
];

/** Returns when no server of `dataFolder` runs any more. Touches no process that is not a Postgres on this very folder. */
export async function stopOrphan(dataFolder: string): Promise<void> {
  for (const { signal, waitMs } of STEPS) {
    const pid = runningServer(dataFolder);
    if (pid === undefined) return;
    if (signal) {
      log.warn({ pid, signal }, "stopping a Postgres server that an earlier process left behind");
      process.kill(pid, signal);
    }
    const deadline = Date.now() + waitMs;
    while (Date.now() < deadline && runningServer(dataFolder) === pid) await sleep(20);
  }
}

function runningServer(dataFolder: string): number | undefined {
  const pid = Number(readIfThere(join(dataFolder, "postmaster.pid"))?.split("\n")[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  // A pid may have been given to another process since: only its command line tells.
  return commandLine(pid).includes(dataFolder) ? pid : undefined;
}

function commandLine(pid: number): string {
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}
