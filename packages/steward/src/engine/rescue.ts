// Takes steps from workers that are gone, and from attempts that hang, so that they run again. Every worker does it at each beat.
import pg from "pg";
import type { Log } from "../log.ts";
import { isLockTimeout } from "./blocked.ts";

/** A rescue that fails, which is tried again at each beat, is told so often. */
const TELL_MS = 60_000;

export interface RescuedStep {
  readonly step_id: string;
  readonly run_id: string;
  readonly reason: string;
}

/** Returns the function that rescues what is to be rescued. What Postgres refuses is left for the next beat: this worker's own work goes on. */
export function createRescue(
  log: Log,
): (session: Pick<pg.Client, "query">, workerId: number) => Promise<readonly RescuedStep[]> {
  let toldAt = Number.NEGATIVE_INFINITY;
  return async (session, workerId) => {
    try {
      return (await session.query<RescuedStep>("select * from steward_private.rescue_steps($1)", [workerId])).rows;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      if (isLockTimeout(error)) {
        log.info({ err: error }, "somebody holds locked what is to be looked after; it is looked after later");
      } else if (performance.now() - toldAt > TELL_MS) {
        toldAt = performance.now();
        log.error({ err: error }, "steps of workers that are gone cannot be taken over; it is tried again each second");
      }
      return [];
    }
  };
}
