// This process's sign of life: a database session of its own that holds an advisory lock. When the session ends, whatever the
// cause, others take the worker for gone and its steps out of its hands. Each second the session looks after everybody's steps.
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Log } from "../log.ts";
import { fromSql } from "./failure.ts";
import { isPooled } from "./pooler.ts";

const BEAT_MS = 1_000;
/** The server ends a session that says nothing for so long: a process that is stopped or cut off loses its lock. */
const SESSION_MS = 5_000;
/** Without a beat for so long, this process no longer trusts its leases: less than SESSION_MS, so before others may take them. */
const SURE_MS = 4_000;
const BEATS_PER_MEND = 5;

export interface HeldLease {
  readonly step_id: string;
  readonly lease: number;
}

export interface RescuedStep {
  readonly step_id: string;
  readonly run_id: string;
  readonly reason: string;
}

export interface PresenceEvents {
  /** After each beat: the leases held when the query was sent. */
  onBeat(held: readonly HeldLease[], sentAt: number): void;
  /** The worker was taken for gone: its leases are lost. It has a new id already, or will when Postgres is back. */
  onLost(): void;
  onRescued(steps: readonly RescuedStep[]): void;
}

export interface Presence {
  /** The worker's id; waits while there is none. */
  id(): Promise<number>;
  /** Whether the leases of this process are certainly still its own. */
  isSure(): boolean;
  /** Ends the session; the worker is gone from then on. */
  stop(): Promise<void>;
}

/** Joins the workers and keeps the presence up until stopped, over broken connections and restarts of Postgres. */
export function startPresence(connectionString: string, poolId: string, log: Log, events: PresenceEvents): Presence {
  let joined = Promise.withResolvers<number>();
  let workerId: number | undefined;
  let lastBeat = Number.NEGATIVE_INFINITY;
  let client: pg.Client | undefined;
  const stopping = new AbortController();

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client({
      connectionString,
      application_name: "steward presence",
      keepAlive: true,
      connectionTimeoutMillis: SURE_MS,
      query_timeout: SURE_MS,
    });
    fresh.on("error", () => undefined); // the next query on it fails, which is where it is dealt with
    await fresh.connect();
    await fresh.query(`set idle_session_timeout = ${SESSION_MS}`);
    return fresh;
  }

  async function join(fresh: pg.Client): Promise<void> {
    if (workerId !== undefined) {
      const { rows } = await fresh.query<{ back: boolean }>("select app_private.rejoin_workers($1) as back", [
        workerId,
      ]);
      if (rows[0]?.back) return;
      lose();
    }
    const pooled = await isPooled(fresh, connectionString);
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
    workerId = rows[0]?.id;
    if (workerId !== undefined) joined.resolve(workerId);
  }

  function lose(): void {
    workerId = undefined;
    joined = Promise.withResolvers();
    events.onLost();
  }

  async function beat(session: pg.Client, count: number): Promise<void> {
    const sentAt = performance.now();
    const held = await session.query<HeldLease>("select * from app_private.held_leases($1)", [workerId]);
    lastBeat = sentAt;
    events.onBeat(held.rows, sentAt);
    const rescued = await session.query<RescuedStep>("select * from app_private.rescue_steps($1)", [workerId]);
    if (rescued.rows.length > 0) events.onRescued(rescued.rows);
    if (count % BEATS_PER_MEND === 0) await session.query("select app_private.mend_runs()");
  }

  async function keepUp(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        client = await connect();
        await join(client);
        for (let count = 1; !stopping.signal.aborted; count++) {
          await beat(client, count);
          failures = 0;
          await sleep(BEAT_MS, undefined, { signal: stopping.signal });
        }
      } catch (error) {
        if (stopping.signal.aborted) break;
        if (fromSql(error)?.code === "ST404") lose();
        log.warn({ err: error }, "the worker's session broke; it connects again");
        await client?.end().catch(() => undefined);
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
      if (workerId !== undefined)
        await client?.query("select app_private.leave_workers($1)", [workerId]).catch(() => undefined);
      await client?.end().catch(() => undefined);
    },
  };
}
