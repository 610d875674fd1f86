// The worker processes of a scenario: started, killed, stopped, and what they tell of how soon runs began.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const LONGEST_STOP_MS = 15_000;

export type Begun = readonly [at: number, latencyMs: number];

export interface Workers {
  /** Of all that ever were. */
  readonly begun: readonly Begun[];
  /** How many ended without being told to. */
  readonly deserted: number;
  add(): void;
  /** SIGKILL of one. */
  kill(): Promise<void>;
  /** SIGTERM of all; how many ms the last one took. */
  stop(): Promise<number>;
}

export function createWorkers(url: string, places: number): Workers {
  const begun: Begun[] = [];
  const running = new Set<ChildProcess>();
  let deserted = 0;
  return {
    begun,
    get deserted() {
      return deserted;
    },
    add() {
      const child = fork(new URL("./worker.ts", import.meta.url), [url, String(places)], {
        env: { ...process.env, LOG_LEVEL: "silent" },
      });
      running.add(child);
      child.on("message", (told: Begun[]) => begun.push(...told));
      child.once("exit", () => {
        if (running.delete(child)) deserted++;
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
