// Lets in a few at a time, and those who wait in rotation: one asker with a thousand requests waits for itself, not others for it.
import { EngineError } from "../errors/index.ts";

export interface TurnOptions {
  /** So many at a time. */
  readonly atOnce: number;
  /** Of which one asker has so many at most. */
  readonly ofOne: number;
  /** So many of one asker wait; a further one is refused. */
  readonly waiting: number;
}

export interface Turns {
  /** Resolves when it is the asker's turn, to what ends the turn. ST104 when too many of the asker's wait. */
  take(asker: string): Promise<() => void>;
}

const COME_BACK_MS = 1_000;

export function createTurns({ atOnce, ofOne, waiting }: TurnOptions): Turns {
  const active = new Map<string, number>();
  // A map keeps the order of insertion: who was let in goes to its end.
  const queues = new Map<string, (() => void)[]>();
  let free = atOnce;

  const begin = (asker: string) => {
    free -= 1;
    active.set(asker, (active.get(asker) ?? 0) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      free += 1;
      const left = (active.get(asker) ?? 1) - 1;
      if (left > 0) active.set(asker, left);
      else active.delete(asker);
      letIn();
    };
  };
  const mayBegin = (asker: string) => free > 0 && (active.get(asker) ?? 0) < ofOne;

  function letIn(): void {
    for (const [asker, queue] of queues) {
      if (!mayBegin(asker)) continue;
      queues.delete(asker);
      const first = queue.shift();
      if (queue.length > 0) queues.set(asker, queue);
      return first?.();
    }
  }

  return {
    async take(asker) {
      const queue = queues.get(asker);
      if (!queue && mayBegin(asker)) return begin(asker);
      if (queue && queue.length >= waiting) throw new EngineError("ST104", { retryAfterMs: COME_BACK_MS });
      return new Promise((resolve) => {
        const enter = () => resolve(begin(asker));
        if (queue) queue.push(enter);
        else queues.set(asker, [enter]);
      });
    },
  };
}
