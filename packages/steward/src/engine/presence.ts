// This process's sign of life: a database session of its own that holds an advisory lock. When the session ends, whatever the
// cause, others take the worker for gone and its steps out of its hands.
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { EngineError } from "../errors/index.ts";
import type { Log } from "../log.ts";
import { VERSION } from "../version.ts";
import { fromSql } from "./failure.ts";
import { isPooled } from "./pooler.ts";
import { type OpenSession, openSession, SETTINGS, type Session, SURE_MS } from "./session.ts";
import type { Work } from "./step.ts";

const BEAT_MS = 1_000;
/** Under a snapshot that somebody holds open it takes long to see that nothing is to be mended. */
const BEATS_PER_MEND = 5;
/** A beat that Postgres refuses, which is tried again each second, is told so often. */
const TELL_MS = 60_000;
/** After a few failures in a row it connects again so often: work stands still until it is back. */
const AGAIN_MS = 500;

/** All that a worker asks each second, in one statement: a worker with nothing to do should not be noticed. */
const BEAT = `
select
  (select coalesce(json_agg(json_build_object('step_id', h.step_id::text, 'lease', h.lease)), '[]') from steward_private.held_leases($1) h) as held,
  array(select steward_private.due_lanes($1)) as lanes,
  steward_private.is_rescue_due($1) as is_rescue_due,
  steward_private.are_others_at_work($1) as are_others_at_work,
  case when $2 then steward_private.is_mending_due() else false end as is_mending_due`;

interface Beat {
  readonly held: HeldLease[];
  readonly lanes: string[];
  readonly is_rescue_due: boolean;
  readonly are_others_at_work: boolean;
  readonly is_mending_due: boolean;
}

export interface HeldLease {
  readonly step_id: string;
  /** Null when the attempt was called off and only has to be known to have ended. */
  readonly lease: number | null;
}

export interface PresenceOptions {
  readonly connectionString: string;
  /** graphile-worker's name for this process. */
  readonly poolId: string;
  /** STEWARD_INSTANCE. */
  readonly instance: string | undefined;
  /** By lane: a fingerprint of what this process signs in with there. */
  readonly credentials?: Readonly<Record<string, string>> | undefined;
  /** The work of each task, by name. */
  readonly works: ReadonlyMap<string, Work>;
}

export interface PresenceEvents {
  /** After each beat: the leases held when the query was sent, the lanes in which something can be claimed, and whether anything is seen to lie about. */
  onBeat(beat: {
    held: readonly HeldLease[];
    lanes: readonly string[];
    isMendingDue: boolean;
    sentAt: number;
    workerId: number;
  }): void;
  /** At a beat that found a worker gone, or a step past its timeout. */
  rescue(session: Pick<pg.Client, "query">, workerId: number): Promise<void>;
  /** Others took this worker for gone while it had no session; it goes on under another id than this one. */
  onTakenForGone(formerId: number): void;
  /** Work came into a lane's backlog. */
  onCall(lane: string): void;
}

export interface Presence {
  /** The present session; waits while there is none. Throws ST405 once stopped. */
  session(): Promise<Session>;
  /** Whether the database certainly knows this worker. */
  isSure(): boolean;
  /** Ends the session; the worker is gone from then on. */
  stop(): Promise<void>;
}

/** Joins the workers and keeps the presence up until stopped, over broken connections and restarts of Postgres. */
export function startPresence(options: PresenceOptions, log: Log, events: PresenceEvents): Presence {
  const { connectionString, poolId, instance, credentials, works } = options;
  let present = openPromise();
  /** What the database knew us by last; ours again while nobody has taken us for gone. */
  let workerId: number | undefined;
  let pooled: boolean | undefined;
  let failures = 0;
  let beats = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  let isSure = () => false;
  const stopping = new AbortController();

  async function join(client: pg.Client): Promise<number> {
    pooled ??= await isPooled(client, connectionString);
    // A pooler would hand these settings on to others.
    if (!pooled) await client.query(SETTINGS);
    if (workerId !== undefined) {
      const { rows } = await client.query<{ back: boolean }>("select steward_private.rejoin_workers($1) as back", [
        workerId,
      ]);
      if (rows[0]?.back) return workerId;
    }
    if (pooled)
      log.warn(
        "the database is behind a transaction pooler: the worker reports to a table instead of holding a lock; give it a direct connection for quicker rescue",
      );
    const { rows } = await client.query<{ id: number }>(
      "select steward_private.join_workers($1, $2, $3, $4, $5, $6, $7) as id",
      [poolId, hostname(), process.pid, !pooled, instance, [...works.keys()], VERSION],
    );
    const id = rows[0]?.id;
    if (id === undefined) throw new Error("join_workers gave no id");
    return id;
  }

  async function warnAway(client: pg.Client, id: number): Promise<void> {
    const { rows } = await client.query<{ home: boolean }>("select steward_private.is_home($1) as home", [id]);
    if (rows[0]?.home) return;
    const { message, next } = new EngineError("ST834");
    log.error({ code: "ST834" }, `${message} ${next} steward.home says what differs.`);
  }

  /** Returns whether others are at work, for whom it is worth looking again before the next beat. */
  async function beat({ client, noteBeat }: OpenSession, id: number): Promise<boolean> {
    const sentAt = performance.now();
    const { rows } = await client.query<Beat>(BEAT, [id, ++beats % BEATS_PER_MEND === 0]);
    noteBeat(sentAt);
    failures = 0;
    const [beat] = rows;
    if (beat === undefined) throw new Error("the beat gave no row");
    events.onBeat({ held: beat.held, lanes: beat.lanes, isMendingDue: beat.is_mending_due, sentAt, workerId: id });
    if (beat.is_rescue_due) await events.rescue(client, id);
    return beat.are_others_at_work;
  }

  /** Half a beat later, whether one of those at work has died. */
  async function look({ client }: OpenSession, id: number): Promise<void> {
    const { rows } = await client.query<{ due: boolean }>("select steward_private.is_rescue_due($1) as due", [id]);
    if (rows[0]?.due) await events.rescue(client, id);
  }

  /** Undefined for what Postgres refuses, as while somebody has locked one of our tables: whoever is answered has its session and its lock. */
  async function unlessRefused<T>({ client, noteBeat }: OpenSession, asked: Promise<T>): Promise<T | undefined> {
    try {
      return await asked;
    } catch (error) {
      if (pooled || !(error instanceof pg.DatabaseError) || fromSql(error)?.code === "ST404") throw error;
      const sentAt = performance.now();
      await client.query("select"); // fails where the error told of the session's end
      noteBeat(sentAt);
      if (sentAt - toldAt > TELL_MS) {
        toldAt = sentAt;
        log.warn({ err: error }, "Postgres refuses what a worker asks each second; the worker goes on and asks again");
      }
      return undefined;
    }
  }

  /** Joins and beats until the presence is stopped, or throws why the session was lost. */
  async function live(session: OpenSession): Promise<void> {
    const { client, lost } = session;
    const joinedAt = performance.now();
    client.on("notification", ({ payload = "" }) => events.onCall(payload));
    const formerId = workerId;
    const id = await join(client);
    session.noteBeat(joinedAt);
    if (credentials) await client.query("select steward_private.tell_credentials($1, $2)", [id, credentials]);
    await warnAway(client, id);
    workerId = id;
    if (formerId !== undefined && formerId !== id) events.onTakenForGone(formerId);
    lost.throwIfAborted();
    lost.addEventListener("abort", () => {
      present = openPromise();
    });
    isSure = session.isSure;
    present.resolve({ workerId: id, lost, isSure });
    const over = AbortSignal.any([lost, stopping.signal]);
    while (!over.aborted) {
      const looksAgain = await unlessRefused(session, beat(session, id));
      await pause(over);
      if (looksAgain && !over.aborted) await unlessRefused(session, look(session, id));
      await pause(over);
    }
    lost.throwIfAborted();
  }

  async function keepUp(): Promise<OpenSession | undefined> {
    while (!stopping.signal.aborted) {
      let session: OpenSession | undefined;
      try {
        session = await openSession(connectionString);
        await live(session);
        return session;
      } catch (error) {
        session?.lose(error);
        if (stopping.signal.aborted) break;
        // Taken for gone, or about to be: a process that had stalled does not say that its attempts were well.
        if (fromSql(error)?.code === "ST404") workerId = undefined;
        log.warn({ err: error }, "the worker's session broke; it connects again");
        // The first time at once: who is back before others have noticed gives the steps back without their help.
        if (failures++ > 0) await sleep(Math.min(100 * 2 ** failures, AGAIN_MS));
      }
    }
    return undefined;
  }

  const living = keepUp();
  return {
    session: () => (stopping.signal.aborted ? Promise.reject(new EngineError("ST405")) : present.promise),
    isSure: () => isSure(),
    async stop() {
      stopping.abort();
      const session = await living;
      present.reject(new EngineError("ST405"));
      if (session === undefined) return;
      await session.client.query("select steward_private.leave_workers($1)", [workerId]).catch(() => undefined);
      await Promise.race([session.client.end().catch(() => undefined), sleep(SURE_MS, undefined, { ref: false })]);
    },
  };
}

/** Half the time between two beats. */
async function pause(signal: AbortSignal): Promise<void> {
  await sleep(BEAT_MS / 2, undefined, { signal }).catch(() => undefined);
}

/** A promise that may be rejected without anybody waiting for it. */
function openPromise(): PromiseWithResolvers<Session> {
  const open = Promise.withResolvers<Session>();
  open.promise.catch(() => undefined);
  return open;
}
