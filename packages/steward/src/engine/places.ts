// Asks for more places in lanes whose services bear what they are given: each second, for the steps that ended well since.
import type { Log } from "../log.ts";
import type { Db } from "./step.ts";

export interface Places {
  /** A step of this lane succeeded, and its service was not slow. */
  count(lane: string): void;
  /** To be called at each beat. */
  widen(): void;
}

export function createPlaces(db: Pick<Db, "query">, log: Log): Places {
  let counts = new Map<string, number>();
  return {
    count(lane) {
      counts.set(lane, (counts.get(lane) ?? 0) + 1);
    },
    widen() {
      if (counts.size === 0) return;
      const counted = counts;
      counts = new Map();
      void db
        .query("select steward_private.widen_lanes($1, $2)", [[...counted.keys()], [...counted.values()]])
        .catch((err: unknown) => log.debug({ err }, "lanes could not be widened; the next steps that end do so"));
    },
  };
}
