// Tells the database how many steps of each lane succeed, so that a backlog's end can be foreseen.
import type { Log } from "../log.ts";
import type { Db } from "./step.ts";

const BEATS_PER_NOTE = 5;

export interface Rates {
  /** A step of this lane succeeded. */
  count(lane: string): void;
  /** To be called at each beat. */
  note(): void;
}

export function createRates(db: Pick<Db, "query">, log: Log): Rates {
  let counts = new Map<string, number>();
  let beats = 0;
  return {
    count(lane) {
      counts.set(lane, (counts.get(lane) ?? 0) + 1);
    },
    note() {
      if (++beats % BEATS_PER_NOTE !== 0 || counts.size === 0) return;
      const noted = counts;
      counts = new Map();
      void db
        .query("select steward_private.note_rates($1, $2)", [[...noted.keys()], [...noted.values()]])
        .catch((err: unknown) => log.debug({ err }, "rates could not be noted; they are too low for a minute"));
    },
  };
}
