// Statements that lose a race which Postgres does not queue for: tried again a few times.
import { setTimeout as delay } from "node:timers/promises";
import { sqlState } from "./sql-error.ts";

const TRIES = 8;
const LONGEST_PAUSE_MS = 1_000;

/** Runs `work` again when it fails with one of these SQLSTATEs, with a growing random pause of a second at most (about 1 s in all, unless there are more tries). */
export async function retrying<T>(states: readonly string[], work: () => Promise<T>, tries = TRIES): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === tries || !states.includes(sqlState(error) ?? "")) throw error;
      await delay(Math.random() * Math.min(20 * 1.6 ** attempt, LONGEST_PAUSE_MS));
    }
  }
}
