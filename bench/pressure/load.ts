// The driver: starts single jobs at a rate of the wall clock, whatever becomes of them.
import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "./system.ts";

/** At most so many in one statement, and so many statements at a time. */
const TOGETHER = 20;
const AT_ONCE = 8;
const AFTER_REFUSAL_MS = 100;
/** Each carries about 256 bytes. */
const PADDING = "x".repeat(220);

export interface Load {
  /** So many a second from now on. */
  setRate(rate: number): void;
  /** Subjects of the jobs whose start was acknowledged. */
  readonly acknowledged: readonly number[];
  /** How many Postgres would not take; they are not offered again. */
  readonly refused: number;
  /** Returns when nothing is on its way any more. */
  stop(): Promise<void>;
}

export function startLoad(start: (jobs: readonly Job[]) => Promise<unknown>, firstRate: number): Load {
  const acknowledged: number[] = [];
  let [refused, offered, atWork, rate] = [0, 0, 0, firstRate];
  let since = { at: performance.now(), offered: 0 };
  let isStopped = false;
  const due = () => Math.floor(since.offered + ((performance.now() - since.at) / 1_000) * rate) - offered;

  async function offer(subjects: readonly number[]): Promise<void> {
    atWork++;
    try {
      await start(subjects.map((subject) => ({ subject, at: Date.now(), padding: PADDING })));
      acknowledged.push(...subjects);
    } catch {
      refused += subjects.length;
      await sleep(AFTER_REFUSAL_MS);
    } finally {
      atWork--;
    }
  }

  async function drive(): Promise<void> {
    while (!isStopped) {
      const count = Math.min(due(), TOGETHER);
      if (count < 1 || atWork >= AT_ONCE) {
        await sleep(2);
        continue;
      }
      void offer(Array.from({ length: count }, (_, n) => offered + n));
      offered += count;
    }
    while (atWork > 0) await sleep(2);
  }
  const driving = drive();

  return {
    acknowledged,
    get refused() {
      return refused;
    },
    setRate(next) {
      since = { at: performance.now(), offered: offered + Math.max(0, due()) };
      rate = next;
    },
    async stop() {
      isStopped = true;
      await driving;
    },
  };
}
