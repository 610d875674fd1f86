// Takes steps from workers that are gone, and from attempts that hang, so that they run again. Every worker does it at each beat.
import pg from "pg";
import type { Log } from "../log.ts";

const LOCK_NOT_AVAILABLE = "55P03";

export interface RescuedStep {
  readonly step_id: string;
  readonly run_id: string;
  readonly reason: string;
}

/** Rescues what is to be rescued. A step that somebody else has locked is left for the next beat. */
export async function rescueSteps(
  session: Pick<pg.Client, "query">,
  workerId: number,
  log: Log,
): Promise<readonly RescuedStep[]> {
  try {
    return (await session.query<RescuedStep>("select * from steward_private.rescue_steps($1)", [workerId])).rows;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE)) throw error;
    log.info({ err: error }, "somebody holds locked what is to be looked after; it is looked after later");
    return [];
  }
}
