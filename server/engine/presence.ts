// This process's sign of life: a database session of its own that holds an advisory lock. When the session ends, whatever the
// cause, others take the worker for gone and its steps out of its hands. Each second the session looks after everybody's steps.
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { StewardError } from "../errors.ts";
import type { Log } from "../log.ts";
import { cut } from "./connection.ts";
import { fromSql } from "./failure.ts";
import { isPooled } from "./pooler.ts";

const BEAT_MS = 1_000;
/** The server ends a session that says nothing for so long: a process that is stopped or cut off loses its lock. */
const SESSION_MS = 5_000;
/** Without a beat for so long, this process no longer trusts its leases: less than SESSION_MS, so before others may take them. */
const SURE_MS = 4_000;
/** What somebody else holds locked for longer is looked after at a later beat; the beat itself must not wait. */
const LOCK_MS = 500;
const SETTINGS = `
set idle_session_timeout = ${SESSION_MS}; set lock_timeout = ${LOCK_MS}; set client_connection_check_interval = '1s'`;
const LOCK_NOT_AVAILABLE = "55P03";

export interface HeldLease {
  readonly step_id: string;
  /** Null when the attempt was called off and only has to be known to have ended. */
  readonly lease: number | null;
}

export interface RescuedStep {
  readonly step_id: string;
  readonly run_id: string;
  readonly reason: string;
}

export interface PresenceEvents {
  /** After each beat: the leases held when the query was sent. */
  onBeat(held: readonly HeldLease[], sentAt: number, workerId: number): void;
  /** The worker was taken for gone: its leases are lost. It has a new id already, or will when Postgres is back. */
  onLost(): void;
  onRescued(steps: readonly RescuedStep[]): void;
}

export interface Presence {
  /** The worker's id; waits while there is none. Throws ST405 once stopped. */
  id(): Promise<number>;
  /** Whether the leases of this process are certainly still its own. */
  isSure(): boolean;
  /** Ends the session; the worker is gone from then on. */
  stop(): Promise<void>;
}

/** Joins the workers and keeps the presence up until stopped, over broken connections and restarts of Postgres. */
export function startPresence(connectionString: string, poolId: string, log: Log, events: PresenceEvents): Presence {
  let joined = openPromise();
  let workerId: number | undefined;
  let lastBeat = Number.NEGATIVE_INFINITY;
  let client: pg.Client | undefined;
  let pooled: boolean | undefined;
  const stopping = new AbortController();

  function open(): pg.Client {
    const fresh = new pg.Client({
      connectionString,
      application_name: "steward presence",
      keepAlive: true,
      connectionTimeoutMillis: SURE_MS,
      query_timeout: SURE_MS,
    });
    fresh.on("error", () => undefined); // the next query on it fails, which is where it is dealt with
    return fresh;
  }

  async function join(fresh: pg.Client): Promise<number> {
    await fresh.connect();
    pooled ??= await isPooled(fresh, connectionString);
    // A pooler would hand these settings on to others.
    if (!pooled) await fresh.query(SETTINGS);
    if (workerId !== undefined) {
      const { rows } = await fresh.query<{ back: boolean }>("select app_private.rejoin_workers($1) as back", [
        workerId,
      ]);
      if (rows[0]?.back) return workerId;
      lose();
    }
    if (pooled)
      log.warn(
        "the database is behind a transaction pooler: the worker reports to a table instead of holding a lock; give it a direct connection for quicker rescue",
      );
    const { rows } = await fresh.query<{ id: number }>("select app_private.join_workers($1, $2, $3, $4) as id", [
      poolId,
      hostname(),
      process.pid,
      !pooled,
    ]);
    const id = rows[0]?.id;
    if (id === undefined) throw new Error("join_workers gave no id");
    workerId = id;
    joined.resolve(id);
    return id;
  }

  function lose(): void {
    workerId = undefined;
    joined = openPromise();
    events.onLost();
  }

  async function beat(session: pg.Client, id: number): Promise<void> {
    const sentAt = performance.now();
    const held = await session.query<HeldLease>("select * from app_private.held_leases($1)", [id]);
    lastBeat = sentAt;
    events.onBeat(held.rows, sentAt, id);
    try {
      const rescued = await session.query<RescuedStep>("select * from app_private.rescue_steps($1)", [id]);
      if (rescued.rows.length > 0) events.onRescued(rescued.rows);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE)) throw error;
      log.info({ err: error }, "somebody holds locked what is to be looked after; it is looked after later");
    }
  }

  async function keepUp(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        client = open();
        const id = await join(client);
        while (!stopping.signal.aborted) {
          await beat(client, id);
          failures = 0;
          await sleep(BEAT_MS, undefined, { signal: stopping.signal });
        }
      } catch (error) {
        if (stopping.signal.aborted) break;
        if (fromSql(error)?.code === "ST404") lose();
        log.warn({ err: error }, "the worker's session broke; it connects again");
        if (client !== undefined) cut(client);
        await sleep(Math.min(100 * 2 ** failures++, 2_000));
      }
    }
  }

  const running = keepUp();
  return {
    id: () => joined.promise,
    isSure: () => workerId !== undefined && performance.now() - lastBeat < SURE_MS,
    async stop() {
      stopping.abort();
      await running;
      joined.reject(new StewardError("ST405"));
      if (workerId !== undefined)
        await client?.query("select app_private.leave_workers($1)", [workerId]).catch(() => undefined);
      await Promise.race([client?.end().catch(() => undefined), sleep(SURE_MS, undefined, { ref: false })]);
    },
  };
}

/** A promise that may be rejected without anybody waiting for it. */
function openPromise(): PromiseWithResolvers<number> {
  const open = Promise.withResolvers<number>();
  open.promise.catch(() => undefined);
  return open;
}
