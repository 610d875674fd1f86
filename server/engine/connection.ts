// Database connections that cannot be waited for: behind a cut cable neither an answer nor an end ever comes.
import type { Socket } from "node:net";
import type pg from "pg";
import type { Db } from "./step.ts";

/** How long the engine's own statements, which are short, may take before their connection is given up. */
const PATIENCE_MS = 15_000;

/** Lets go of a connection without a farewell. Whatever waits on it fails. */
export function cut(client: pg.ClientBase): void {
  (client as pg.ClientBase & { connection: { stream: Socket } }).connection.stream.destroy();
}

/** The pool for the engine's own statements: one that gets no answer for 15 s fails, and its connection goes. */
export function impatient(pool: pg.Pool): Pick<Db, "query"> {
  const query = (text: string, values?: unknown[]) => {
    const config = { text, values: values ?? [], query_timeout: PATIENCE_MS };
    return pool.query(config);
  };
  return { query: query as pg.Pool["query"] };
}
