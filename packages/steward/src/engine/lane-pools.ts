// Connections for backlogs: each lane has its own, so that work that holds them for long in one lane keeps no step of another.
import type pg from "pg";

/** So many lanes at a time have connections of their own; further ones share them. */
const MOST = 4;

export interface LanePools {
  /** Those of whichever lane came first. */
  readonly first: pg.Pool;
  /** The connections of this lane. */
  of(lane: string): pg.Pool;
  /** All that there are. */
  all(): readonly pg.Pool[];
}

/** `open` makes connections for one lane; the first are made at once, before any lane is known. */
export function createLanePools(open: (isFirst: boolean) => pg.Pool): LanePools {
  const first = open(true);
  const pools = [first];
  const numbers = new Map<string, number>();

  return {
    first,
    of(lane) {
      const number = numbers.get(lane) ?? numbers.size % MOST;
      numbers.set(lane, number);
      return (pools[number] ??= open(false));
    },
    all: () => pools,
  };
}
