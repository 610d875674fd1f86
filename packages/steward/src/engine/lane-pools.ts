// Connections for backlogs: two lanes have their own, so that work that holds them for long in one lane keeps no step of the other.
import type pg from "pg";

/** So many lanes have connections of their own; further ones share them. With more, single steps begin later (docs/decisions/backlog.md). */
const MOST = 2;

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
