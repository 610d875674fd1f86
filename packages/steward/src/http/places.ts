// How many things of one subject there may be at once: its requests under way, its websockets.
import { EngineError } from "../errors/index.ts";

/** Takes a place of this subject; ST104 when none is left. Returns what gives it back. */
export type TakePlace = (subject: string) => () => void;

export function createPlaces(most: number): TakePlace {
  const taken = new Map<string, number>();
  return (subject) => {
    const others = taken.get(subject) ?? 0;
    if (others >= most) throw new EngineError("ST104", { retryAfterMs: 1_000 });
    taken.set(subject, others + 1);
    return () => {
      const left = (taken.get(subject) ?? 1) - 1;
      if (left > 0) taken.set(subject, left);
      else taken.delete(subject);
    };
  };
}
