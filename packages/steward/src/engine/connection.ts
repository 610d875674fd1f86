// Database connections that cannot be waited for: behind a cut cable neither an answer nor an end ever comes.
import type { Socket } from "node:net";
import type pg from "pg";
import { isConflict } from "./failure.ts";
import type { Db } from "./step.ts";

/** How long the engine's own statements, which are short, may take before their connection is given up. */
const PATIENCE_MS = 15_000;

/** Lets go of a connection without a farewell. Whatever waits on it fails. */
export function cut(client: pg.ClientBase): void {
  (client as pg.ClientBase & { connection: { stream: Socket } }).connection.stream.destroy();
}

const CONFLICT_TRIES = 5;

/**
 * The pool for the engine's own statements: one that gets no answer for 15 s fails, and its connection goes. What Postgres undid
 * for a conflict is tried again.
 */
export function impatient(pool: pg.Pool): Pick<Db, "query"> {
  const query = async (text: string, values?: unknown[]) => {
    const config = { text, values: values ?? [], query_timeout: PATIENCE_MS };
    for (let tries = 1; ; tries++) {
      try {
        return await pool.query(config);
      } catch (error) {
        if (!isConflict(error) || tries === CONFLICT_TRIES) throw error;
      }
    }
  };
  return { query: query as pg.Pool["query"] };
}
