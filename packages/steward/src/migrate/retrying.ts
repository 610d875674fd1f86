// Statements that lose a race which Postgres does not queue for: tried again a few times.
import { setTimeout as delay } from "node:timers/promises";
import { sqlState } from "./sql-error.ts";

const TRIES = 8;

/** Runs `work` again when it fails with one of these SQLSTATEs, with a growing random pause (up to about 1 s in all). */
export async function retrying<T>(states: readonly string[], work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === TRIES || !states.includes(sqlState(error) ?? "")) throw error;
      await delay(Math.random() * 20 * 1.6 ** attempt);
    }
  }
}
