// One database session of this worker, its sign of life: when it ends, whatever the cause, others take the worker for gone and its
// steps out of its hands. So what was begun under it ends with it, at once.
import pg from "pg";
import { EngineError } from "../errors/index.ts";
import { sessionSql } from "../session-settings.ts";
import { cut } from "./connection.ts";

/** The server ends a session that says nothing for so long: a process that is stopped or cut off loses its lock. */
const SILENCE_MS = 5_000;
/** Without a beat for so long, this process no longer trusts its leases: less than SILENCE_MS, so before others may take them. */
export const SURE_MS = 4_000;
/** A process that was stopped, or blocked by a task, for so long between two beats may have lost the session by its own silence. */
const STALL_MS = 2_500;
const TICK_MS = 250;
/** A beat must not wait: it leaves rows that another session has locked for longer to a later beat. */
const LOCK_MS = 500;

/** Settings of a session that nobody else uses. */
export const SETTINGS = `
${sessionSql()}; set idle_session_timeout = ${SILENCE_MS}; set lock_timeout = ${LOCK_MS}; set client_connection_check_interval = '1s'; listen steward_backlog`;

/** The worker as the database knows it, from its joining until its session ends. */
export interface Session {
  readonly workerId: number;
  /**
   * Aborted as soon as this process learns that the session has ended: with ST408, or with ST404 when the process itself had
   * stalled. A worker that comes back has another session, be it under the same id.
   */
  readonly lost: AbortSignal;
  /** Whether the leases that began in it are certainly still this process's own. If not, the session is lost. */
  isSure(): boolean;
}

export interface OpenSession extends Omit<Session, "workerId"> {
  readonly client: pg.Client;
  /** Notes when a query was sent that has been answered since. */
  noteBeat(sentAt: number): void;
  /** Gives the session up, if it is not lost already. */
  lose(cause: unknown): void;
}

/** Connects. */
export async function openSession(connectionString: string): Promise<OpenSession> {
  const lost = new AbortController();
  let lastBeat = Number.NEGATIVE_INFINITY;
  let awakeAt = performance.now();
  let hasStalled = false;
  const ticking = setInterval(tick, TICK_MS).unref();
  const client = new pg.Client({
    connectionString,
    application_name: "steward presence",
    keepAlive: true,
    connectionTimeoutMillis: SURE_MS,
    query_timeout: SURE_MS,
  });

  function tick(): void {
    hasStalled ||= performance.now() - awakeAt > STALL_MS;
    awakeAt = performance.now();
  }

  function lose(cause: unknown): void {
    if (lost.signal.aborted) return;
    clearInterval(ticking);
    tick(); // what came while the process was stopped is heard of before its timers run
    lost.abort(
      new EngineError(hasStalled ? "ST404" : "ST408", { cause: cause instanceof Error ? cause.message : cause }),
    );
    cut(client);
  }

  // Not at the next beat: from this moment on others may act in our place.
  client.on("error", lose);
  client.on("end", () => lose("the connection ended"));
  await client.connect().catch((error: unknown) => {
    lose(error);
    throw error;
  });
  return {
    client,
    lost: lost.signal,
    isSure() {
      if (performance.now() - lastBeat >= SURE_MS) lose("it did not answer in time");
      return !lost.signal.aborted;
    },
    noteBeat(sentAt) {
      lastBeat = sentAt;
      hasStalled = false;
    },
    lose,
  };
}
