// The worker processes of a scenario: started, killed, stopped, and what they tell of how soon runs began.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const LONGEST_STOP_MS = 15_000;
/** So many characters of what a worker says last. */
const SAID = 2_000;

export type Begun = readonly [at: number, latencyMs: number];

export interface Workers {
  /** Of all that ever were. */
  readonly begun: readonly Begun[];
  /** Of each that ended without being told to: what it said last. What it did not do then is not lost. */
  readonly deserted: readonly string[];
  add(): void;
  /** SIGKILL of one. */
  kill(): Promise<void>;
  /** SIGTERM of all; how many ms the last one took. */
  stop(): Promise<number>;
}

export function createWorkers(url: string, places: number): Workers {
  const begun: Begun[] = [];
  const running = new Set<ChildProcess>();
  const deserted: string[] = [];
  return {
    begun,
    deserted,
    add() {
      const child = fork(new URL("./worker.ts", import.meta.url), [url, String(places)], {
        env: { ...process.env, LOG_LEVEL: "silent" },
        stdio: ["inherit", "inherit", "pipe", "ipc"],
      });
      running.add(child);
      let said = "";
      child.stderr?.on("data", (data: Buffer) => {
        said = (said + data).slice(-SAID);
      });
      child.on("message", (told: Begun[]) => begun.push(...told));
      child.once("exit", (code, signal) => {
        if (running.delete(child)) child.once("close", () => deserted.push(`exit ${code ?? signal}: ${said.trim()}`));
      });
    },
    async kill() {
      const [child] = running;
      if (child === undefined) return;
      running.delete(child);
      child.kill("SIGKILL");
      await once(child, "exit");
    },
    async stop() {
      const asked = performance.now();
      const children = [...running];
      running.clear();
      await Promise.all(children.map(end));
      return performance.now() - asked;
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  if (await Promise.race([exited, sleep(LONGEST_STOP_MS, undefined, { ref: false })])) return;
  child.kill("SIGKILL");
  await exited;
}
