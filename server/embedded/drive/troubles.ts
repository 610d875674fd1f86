// Trouble on demand for the embedded drive: the general faults, and those that only a drive can have.

import { z } from "zod";
import { createFaults, type FaultControl, type Faults, type Latency } from "../cloud/faults.ts";

/** Accounts that are left half-made: 101 answers "Bad request", 996 "Internal Server Error"; the account is there, without quota and name. */
export const HalfMade = z.strictObject({
  times: z.int().positive().default(1),
  code: z.union([z.literal(101), z.literal(996)]),
});
export type HalfMade = z.input<typeof HalfMade>;

export interface DriveFaults extends Pick<Faults, "add" | "clear" | "setLatency"> {
  /** Every request is answered as during a maintenance, or as usual again. */
  setMaintenance(on: boolean): void;
  /** The next accounts are left half-made. */
  halfMake(input: HalfMade): void;
  /** Connections are cut and refused from now on for `ms`. Resolves when they are refused. */
  down(ms: number): Promise<void>;
  /** The edit limit and the memory of wrong logins begin anew. */
  forgetLimits(): void;
}

export interface Troubles extends DriveFaults, Pick<FaultControl, "take" | "pass"> {
  readonly inMaintenance: boolean;
  stopHalfway(): 101 | 996 | null;
}

/** Nothing is wrong to begin with. */
export function createTroubles(
  latency: Latency,
  down: (ms: number) => Promise<void>,
  forgetLimits: () => void,
): Troubles {
  const faults = createFaults(latency);
  let inMaintenance = false;
  let halves: (101 | 996)[] = [];

  return {
    ...faults,
    down,
    forgetLimits,
    get inMaintenance() {
      return inMaintenance;
    },
    setMaintenance: (on) => {
      inMaintenance = on;
    },
    halfMake: (input) => {
      const { times, code } = HalfMade.parse(input);
      halves.push(...Array.from({ length: times }, () => code));
    },
    stopHalfway: () => halves.shift() ?? null,
    clear: () => {
      faults.clear();
      inMaintenance = false;
      halves = [];
    },
  };
}
