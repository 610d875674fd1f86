// The worker processes of a scenario: started, killed, stopped, and what they tell of the jobs that they did. One that ends by
// itself is started again, as a service manager does.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Done } from "./work.ts";

const LONGEST_STOP_MS = 15_000;
/** So many characters of what a worker says last. */
const SAID = 2_000;

export interface Workers {
  /** By all that ever were. */
  readonly done: readonly Done[];
  /** Of each that ended without being told to: what it said last. */
  readonly deserted: readonly string[];
  add(): void;
  /** SIGKILL of one. */
  kill(): Promise<void>;
  /** SIGTERM of all; how many ms the last one took. */
  stop(): Promise<number>;
}

export function createWorkers(program: URL, url: string, places: number): Workers {
  const done: Done[] = [];
  const running = new Set<ChildProcess>();
  const deserted: string[] = [];
  function add(): void {
    const child = fork(program, [url, String(places)], {
      env: { ...process.env, LOG_LEVEL: "silent" },
      stdio: ["inherit", "inherit", "pipe", "ipc"],
    });
    running.add(child);
    let said = "";
    child.stderr?.on("data", (data: Buffer) => {
      said = (said + data).slice(-SAID);
    });
    child.on("message", (told: Done) => done.push(told));
    child.once("close", (code, signal) => {
      if (!running.delete(child)) return;
      deserted.push(`exit ${code ?? signal}: ${said.trim()}`);
      add();
    });
  }
  return {
    done,
    deserted,
    add,
    async kill() {
      const [child] = running;
      if (child === undefined) return;
      running.delete(child);
      child.kill("SIGKILL");
      await once(child, "close");
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
  // Not its exit: what it told last is read by then.
  const exited = once(child, "close");
  child.kill("SIGTERM");
  if (await Promise.race([exited, sleep(LONGEST_STOP_MS, undefined, { ref: false })])) return;
  child.kill("SIGKILL");
  await exited;
}
