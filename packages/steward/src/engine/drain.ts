// Works off the backlogs of the lanes, many steps at a time: beside graphile-worker's jobs, so that no stream of single steps keeps
// a backlog waiting, and a backlog takes none of the worker's places for jobs.
import type { Log } from "../log.ts";
import { isUnreachable } from "../unreachable.ts";

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
}

interface Lane {
  inFlight: number;
  /** With so few left in flight the free places are filled at once. */
  half: number;
  isClaiming: boolean;
  /** Somebody came while it was claiming: what they mean may not have been seen. */
  isCalled: boolean;
  moment: NodeJS.Timeout | undefined;
}

/** Returns what sets the draining of lanes off. Each lane is drained by itself, as many steps at a time as it allows. */
export function createDrains({ claim, dueLanes, stopping, log }: DrainOptions): Drains {
  const lanes = new Map<string, Lane>();
  let isLooking = false;
  let nextLook: NodeJS.Timeout | undefined;

  function laneOf(name: string): Lane {
    const lane = lanes.get(name) ?? { inFlight: 0, half: 0, isClaiming: false, isCalled: false, moment: undefined };
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
        for (const step of await claim(name, lane.inFlight)) {
          lane.inFlight++;
          void step.finally(() => onEnd(name, lane));
        }
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
    else lane.moment ??= setTimeout(() => void fill(name), MOMENT_MS);
    nextLook ??= setTimeout(look, LOOK_MS);
  }

  async function lookOnce(): Promise<void> {
    isLooking = true;
    try {
      for (const name of await dueLanes()) void fill(name);
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
      log[isUnreachable(err) ? "info" : "error"]({ err }, "could not claim steps; it is tried again within a second");
  }

  return { wake: (name) => void fill(name) };
}
