// Works off the backlogs of the lanes, many steps at a time: beside graphile-worker's jobs, so that no stream of single steps keeps
// a backlog waiting, and a backlog takes none of the worker's places for jobs.
import type { Log } from "../log.ts";
import { isUnreachable } from "../unreachable.ts";
import { isLockTimeout } from "./blocked.ts";

/** After the first step that ends, others may end for so long before the free places are filled: one at a time costs a round trip each. */
const MOMENT_MS = 10;
/** What ends may have made steps of other lanes ready; they are looked for at most so often. */
const LOOK_MS = 100;

export interface DrainOptions {
  /** Begins steps of a lane beside those in flight; each promise resolves when its step's outcome is recorded. */
  readonly claim: (lane: string, inFlight: number) => Promise<Promise<void>[]>;
  /** The lanes in which something can be claimed. */
  readonly dueLanes: () => Promise<string[]>;
  /** Aborted when no new steps are to be taken. */
  readonly stopping: AbortSignal;
  readonly log: Log;
}

export interface Drains {
  /** There is something in this lane, somebody says. */
  wake(lane: string): void;
  /** There is something in these lanes, and nothing in the others. */
  wakeOnly(lanes: readonly string[]): void;
  /** The end of a step of this lane is recorded, so that the database may count its place as free. */
  free(lane: string): void;
  /** A step may have come into some backlog. */
  look(): void;
}

interface Lane {
  inFlight: number;
  /** With so few left in flight the free places are filled at once. */
  half: number;
  isClaiming: boolean;
  /** Somebody came while it was claiming: what they mean may not have been seen. */
  isCalled: boolean;
  /** There was something in it at the last look. */
  isDue: boolean;
  /** The last claim got nothing: with something due, all places were taken. */
  isFull: boolean;
  moment: NodeJS.Timeout | undefined;
}

/** Returns what sets the draining of lanes off. Each lane is drained by itself, as many steps at a time as it allows. */
export function createDrains({ claim, dueLanes, stopping, log }: DrainOptions): Drains {
  const lanes = new Map<string, Lane>();
  let isLooking = false;
  let nextLook: NodeJS.Timeout | undefined;

  function laneOf(name: string): Lane {
    const lane = lanes.get(name) ?? newLane();
    lanes.set(name, lane);
    return lane;
  }

  async function fill(name: string): Promise<void> {
    const lane = laneOf(name);
    lane.isCalled = true;
    if (lane.isClaiming) return;
    lane.isClaiming = true;
    clearTimeout(lane.moment);
    lane.moment = undefined;
    try {
      while (lane.isCalled && !stopping.aborted) {
        lane.isCalled = false;
        const steps = await claim(name, lane.inFlight);
        for (const step of steps) {
          lane.inFlight++;
          void step.finally(() => onEnd(name, lane));
        }
        lane.isFull = steps.length === 0;
        lane.half = lane.inFlight / 2;
      }
    } catch (err) {
      tell(err);
    } finally {
      lane.isClaiming = false;
    }
  }

  function onEnd(name: string, lane: Lane): void {
    lane.inFlight--;
    if (lane.inFlight <= lane.half) void fill(name);
    else fillInAMoment(name, lane);
    lookSoon();
  }

  function fillInAMoment(name: string, lane: Lane): void {
    lane.moment ??= setTimeout(() => void fill(name), MOMENT_MS);
  }

  function wake(name: string): void {
    laneOf(name).isDue = true;
    void fill(name);
  }

  function wakeOnly(names: readonly string[]): void {
    for (const lane of lanes.values()) lane.isDue = false;
    for (const name of names) wake(name);
  }

  function lookSoon(): void {
    nextLook ??= setTimeout(look, LOOK_MS);
  }

  async function lookOnce(): Promise<void> {
    isLooking = true;
    try {
      wakeOnly(await dueLanes());
    } catch (err) {
      tell(err);
    } finally {
      isLooking = false;
    }
  }

  function look(): void {
    clearTimeout(nextLook);
    nextLook = undefined;
    if (!isLooking && !stopping.aborted) void lookOnce();
  }

  function tell(err: unknown): void {
    if (!stopping.aborted)
      log[isUnreachable(err) || isLockTimeout(err) ? "info" : "error"](
        { err },
        "could not claim steps; it is tried again within a second",
      );
  }

  return {
    wake,
    wakeOnly,
    free(name) {
      const lane = lanes.get(name);
      if (lane?.isDue && lane.isFull) fillInAMoment(name, lane);
    },
    look: lookSoon,
  };
}

function newLane(): Lane {
  return { inFlight: 0, half: 0, isClaiming: false, isCalled: false, isDue: false, isFull: false, moment: undefined };
}
