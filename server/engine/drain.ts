// Works off a lane's backlog inside one job, many steps at a time: so graphile-worker's table stays small, and a backlog takes up
// one of the worker's places, however long it is.
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "./engine.ts";

/** After so long it goes on in a further job, which other workers may take. */
const TURN_MS = 60_000;
/** While there is more than one worker could do at once, another one is called in. */
const CALL_MS = 2_000;
const MOMENT_MS = 10;

/** Drains a lane until its backlog is empty or held up, then sees to it that a job comes back in time. */
export async function drainLane(engine: Engine, lane: string): Promise<void> {
  const active = engine.drains;
  if (active.has(lane)) {
    active.set(lane, true); // the one at work looks once more before it leaves
    return;
  }
  active.set(lane, false);
  const inFlight = new Set<Promise<void>>();
  const turnEnds = performance.now() + TURN_MS;
  let calledAt = performance.now();
  try {
    while (!engine.stopping.aborted && performance.now() < turnEnds) {
      const begun = await engine.claim(lane, inFlight.size);
      for (const step of begun) {
        const tracked = step.finally(() => inFlight.delete(tracked));
        inFlight.add(tracked);
      }
      if (begun.length > 0 && performance.now() - calledAt > CALL_MS) {
        calledAt = performance.now();
        await engine.wakeDrain(lane);
      }
      if (inFlight.size > 0) await untilSomeEnd(inFlight);
      else if (begun.length === 0 && !active.get(lane)) break;
      else active.set(lane, false);
    }
    await Promise.all(inFlight);
  } finally {
    active.delete(lane);
  }
  await engine.wakeDrainInTime(lane);
}

/** Waits until half of them have ended, or a moment after the first: claiming for one free place at a time costs a round trip each. */
async function untilSomeEnd(inFlight: Set<Promise<void>>): Promise<void> {
  const half = inFlight.size / 2;
  await Promise.race(inFlight);
  const moment = sleep(MOMENT_MS, true);
  let isOver = false;
  while (!isOver && inFlight.size > half) {
    isOver = (await Promise.race([moment, ...inFlight])) === true;
  }
}
