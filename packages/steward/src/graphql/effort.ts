// What takes the thread that everybody shares: done one at a time, in rotation, with a pause as long as it took, and counted to who asked for it.
import { createTurns } from "../http/turns.ts";

/** Counts milliseconds to a subject, of this thread or of a connection to the database. */
export type Spend = (subject: string, ms: number) => void;

export interface Effort {
  /** Does quick work at once. Returns what it gives, and the milliseconds that it took. */
  now<T>(subject: string, work: () => T): Done<T>;
  /** Does slow work when it is the subject's turn. ST104 when too much of the subject's waits. */
  inTurn<T>(subject: string, work: () => T): Promise<Done<T>>;
}

interface Done<T> {
  readonly result: T;
  readonly ms: number;
}

const WAITING = 50;

export function createEffort(spend: Spend): Effort {
  const turns = createTurns({ atOnce: 1, ofOne: 1, waiting: WAITING });
  const now = <T>(subject: string, work: () => T): Done<T> => {
    const began = performance.now();
    try {
      const result = work();
      return { result, ms: performance.now() - began };
    } finally {
      spend(subject, performance.now() - began);
    }
  };
  return {
    now,
    async inTurn(subject, work) {
      const end = await turns.take(subject);
      const began = performance.now();
      try {
        return now(subject, work);
      } finally {
        setTimeout(end, performance.now() - began);
      }
    },
  };
}
