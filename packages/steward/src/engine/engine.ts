// The engine of one worker process: takes steps, keeps their leases, and gives all back at the end. docs/lifecycle.md has the states.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { EngineError } from "../errors/index.ts";
import type { Log } from "../log.ts";
import { observeRescues } from "../metrics/process.ts";
import { createAttempts } from "./attempt.ts";
import { isLockTimeout } from "./blocked.ts";
import { createCompletions, createGivingBack } from "./completions.ts";
import { impatient } from "./connection.ts";
import { createDrains } from "./drain.ts";
import { fromSql } from "./failure.ts";
import { gather } from "./gather.ts";
import type { LanePools } from "./lane-pools.ts";
import { createMending } from "./mending.ts";
import { createMonitors, type Webhook } from "./monitors.ts";
import { createChangeNotifier } from "./notify.ts";
import { createPlaces } from "./places.ts";
import { startPresence } from "./presence.ts";
import { createRates } from "./rates.ts";
import { createRescue } from "./rescue.ts";
import { createRetention } from "./retention.ts";
import { createStepRunner } from "./run-step.ts";
import type { Session } from "./session.ts";
import { createStatistics } from "./statistics.ts";
import type { BegunStep, Services, Work } from "./step.ts";
import { createStrays } from "./strays.ts";
import { warm } from "./warm.ts";

/** A session that the database does not know any more is heard of here within moments. */
const LOST_MS = 100;
/** So many single steps begin as we hear of their jobs, beside those that graphile-worker has found. Each may need a connection. */
export const OWN_PLACES = 4;
/** So many jobs for one lane at the same moment are a burst: more of them are likely to wait in graphile-worker's queue. */
const BURST = 8;
/** How long outcomes may take to be recorded after the last abort; while Postgres is away none can be. */
const RECORD_MS = 5_000;

export interface EngineOptions {
  readonly connectionString: string;
  /** graphile-worker's name for this process: what its jobs are locked by. */
  readonly poolId: string;
  /** Workers of another instance than the database is at home with take no steps outside. Undefined: not told apart. */
  readonly instance: string | undefined;
  /** By lane: a fingerprint of what this process signs in with there. */
  readonly credentials?: Readonly<Record<string, string>> | undefined;
  /** Who is told of alerts; undefined: nobody. */
  readonly alertWebhook: Webhook | undefined;
  /** For single steps. */
  readonly pool: pg.Pool;
  /** For backlogs, so that they never take the connections that single steps need. */
  readonly bulkPools: LanePools;
  readonly services: Services;
  /** The work of each task, by name. */
  readonly works: ReadonlyMap<string, Work>;
  readonly log: Log;
}

export interface Engine {
  /** Resolves when this process is known as a worker, so that others notice if it dies. */
  ready(): Promise<void>;
  /** Whether the database knows this process as a worker right now. */
  isPresent(): boolean;
  /** Begins the steps of so many new jobs, without graphile-worker. Whether none of the jobs is left to it. */
  takeJobs(count: number): Promise<boolean>;
  /** Begins and runs one step; returns when its outcome is recorded, or at once when there is nothing to do. */
  runJob(stepId: string): Promise<void>;
  /** Takes no new steps; those under way are aborted and go on elsewhere after `drainMs`. */
  stop(drainMs: number): Promise<void>;
}

interface Begun {
  readonly session: Session;
  readonly rows: readonly BegunStep[];
  /** By step: resolves when its place is free. */
  readonly steps: ReadonlyMap<string, Promise<void>>;
}

/** Starts the engine of this process. */
export function startEngine(options: EngineOptions): Engine {
  const { pool, bulkPools, services, works, log } = options;
  const running = createAttempts();
  const unrecorded = new Set<string>();
  const ended = new Set<Promise<unknown>>();
  const stopping = new AbortController();
  /** Steps under way that began as we heard of their jobs. */
  let taken = 0;
  const db = impatient(pool);
  const changes = createChangeNotifier(db, log);
  const giveBackStrays = createStrays(db, log);
  const refreshStatistics = createStatistics(db, log);
  const mend = createMending(db, log);
  const rescueSteps = createRescue(log);
  const rates = createRates(db, log);
  const places = createPlaces(db, log);
  const forget = createRetention(impatient(bulkPools.first), log, stopping.signal);
  const watch = createMonitors(db, log, options.alertWebhook);

  const presence = startPresence(options, log, {
    onBeat({ held, lanes, isMendingDue, sentAt, workerId }) {
      unrecorded.clear();
      const leases = new Map(held.map(({ step_id, lease }) => [step_id, lease]));
      const attended = new Set<string>();
      for (const attempt of running) {
        const { step_id, lease } = attempt.step;
        attended.add(step_id);
        if (attempt.begunAt < sentAt && leases.get(step_id) !== lease) attempt.abort(new EngineError("ST404"));
      }
      giveBackStrays(
        held.filter(({ step_id }) => !attended.has(step_id)),
        workerId,
      );
      refreshStatistics();
      drains.wakeOnly(lanes);
      mend(isMendingDue);
      rates.note();
      places.widen();
      forget();
      watch();
    },
    onTakenForGone(formerId) {
      const heard = [...unrecorded, ...Array.from(running, ({ step }) => step.step_id)];
      void returnUnheard(formerId, heard).catch((err: unknown) =>
        log.warn({ err }, "steps that began as the session was lost may have used up an attempt"),
      );
    },
    onCall: (lane) => drains.wake(lane),
    async rescue(session, workerId) {
      const rescued = await rescueSteps(session, workerId);
      observeRescues(rescued.length);
      for (const { step_id, run_id, reason } of rescued) {
        log.warn({ step: step_id, run: run_id, reason }, "rescued a step from a worker that is gone or hung");
        changes.note(run_id);
      }
    },
  });

  /** What somebody else has locked is given back later: others do not take it either. */
  async function returnUnheard(formerId: number, heard: readonly string[]): Promise<void> {
    try {
      await db.query("select steward_private.return_unheard($1, $2)", [formerId, heard]);
    } catch (error) {
      if (!isLockTimeout(error) || stopping.signal.aborted) throw error;
      await sleep(LOST_MS);
      await returnUnheard(formerId, heard);
    }
  }

  const runStep = createStepRunner({
    services,
    works,
    log,
    stopping: stopping.signal,
    complete: createCompletions(db),
    giveBack: createGivingBack(db),
    onChange: (step) => changes.note(step.run_id, step.scope_id ?? undefined),
    onSuccess(lane, isSlow) {
      rates.count(lane);
      if (!isSlow) places.count(lane);
    },
    running,
    unrecorded,
  });

  /** Resolves when the step's place is free, which is when its outcome is recorded, or cannot be for a lock of somebody else's. */
  function start(begun: BegunStep, session: Session, own: pg.Pool): Promise<void> {
    const place = Promise.withResolvers<void>();
    const end = untilEnded(runStep(begun, session, own, place.resolve)).then(() => drains.free(begun.lane));
    return Promise.race([end, place.promise]);
  }

  function untilEnded<T>(work: Promise<T>): Promise<T> {
    const promise = work.finally(() => ended.delete(promise));
    ended.add(promise);
    return promise;
  }

  /** Begins steps with a query that takes the worker's id, and runs them. The database refuses a worker that it has taken for gone. */
  async function begin(own: pg.Pool, text: string, values: unknown[]): Promise<Begun> {
    for (;;) {
      const session = await presence.session();
      try {
        const { rows } = await impatient(own).query<BegunStep>(text, [session.workerId, ...values]);
        return { session, rows, steps: new Map(rows.map((begun) => [begun.step_id, start(begun, session, own)])) };
      } catch (error) {
        if (fromSql(error)?.code !== "ST404") throw error;
        await sleep(LOST_MS);
      }
    }
  }

  /** Of many jobs in one statement. Each hears of its own step, if that begins; the next statement does not wait for the work. */
  const beginJob = gather(async (stepIds: readonly string[]) => {
    const text = "select * from steward_private.begin_jobs($2, $1)";
    const { session, rows, steps } = await begin(pool, text, [stepIds]);
    for (const lane of crowded(rows)) bursts.wake(lane);
    return stepIds.map((id) => ({ session, work: steps.get(id) }));
  });

  /** Takes jobs and begins their steps in one statement: graphile-worker needs one before that, and one when the step has ended. */
  async function takeNew(expected: number): Promise<boolean> {
    const free = OWN_PLACES - taken;
    if (free <= 0) return false;
    const { rows, steps } = await begin(pool, "select * from steward_private.take_new_jobs($2, $1)", [free]);
    for (const step of steps.values()) {
      taken++;
      void step.finally(() => taken--);
    }
    if (rows.length >= expected) return true;
    drains.look(); // one that found no place in its lane waits in the backlog now
    return false;
  }

  const takeJobs = gather(async (counts: readonly number[]) => {
    const areAll = await takeNew(counts.reduce((sum, count) => sum + count, 0)).catch((err: unknown) => {
      log.info({ err }, "new jobs could not be taken; they are left to graphile-worker");
      return false;
    });
    return counts.map(() => areAll);
  });

  /** What somebody else's lock kept from beginning comes back soon, instead of after graphile-worker's back-off. */
  async function postpone(stepId: string, error: unknown): Promise<{ session: Session; work: undefined }> {
    if (!isLockTimeout(error)) throw error;
    log.info({ err: error, step: stepId }, "the step cannot begin for a lock of somebody else's; it comes back");
    await db.query("select steward_private.postpone_step($1)", [stepId]);
    return { session: await presence.session(), work: undefined };
  }

  /** Begins steps of a lane beside those in flight. */
  async function claim(text: string, lane: string, inFlight: number): Promise<Promise<void>[]> {
    await presence.session();
    if (stopping.signal.aborted) return [];
    return [...(await untilEnded(begin(bulkPools.of(lane), text, [lane, inFlight]))).steps.values()];
  }

  const drains = createDrains({
    claim: (lane, inFlight) => claim("select * from steward_private.claim_steps($2, $3, $1)", lane, inFlight),
    async dueLanes() {
      const { workerId } = await presence.session();
      const { rows } = await db.query<{ lane: string }>("select steward_private.due_lanes($1) as lane", [workerId]);
      return rows.map(({ lane }) => lane);
    },
    stopping: stopping.signal,
    log,
  });

  /** A burst of single steps is worked off as a backlog is: taking each of them by itself costs three times as much. */
  const bursts = createDrains({
    claim: (lane, inFlight) => claim("select * from steward_private.take_jobs($2, $3, $1)", lane, inFlight),
    dueLanes: async () => [],
    stopping: stopping.signal,
    log,
  });

  /** What was being claimed when the word to stop came adds steps that have to end as well. */
  async function allEnded(): Promise<void> {
    while (ended.size > 0) await Promise.allSettled(ended);
  }

  void presence
    .session()
    .then(({ workerId }) => Promise.all([pool, bulkPools.first].map((own) => warm(own, workerId))))
    .catch((err: unknown) =>
      log.debug({ err }, "connections could not be warmed; the first steps take a little longer"),
    );

  return {
    ready: async () => void (await presence.session()),
    isPresent: presence.isSure,
    async takeJobs(count) {
      if (stopping.signal.aborted || !presence.isSure()) return false;
      return untilEnded(takeJobs(count));
    },
    async runJob(stepId) {
      const { session, work } = await beginJob(stepId).catch((error: unknown) => postpone(stepId, error));
      await work;
      if (work === undefined) drains.look();
      // Others may have been given the job meanwhile: completed, it would be deleted under their hands.
      session.lost.throwIfAborted();
    },
    async stop(drainMs) {
      stopping.abort();
      await Promise.race([allEnded(), sleep(drainMs, undefined, { ref: false })]);
      for (const attempt of running) attempt.abort(new EngineError("ST405"));
      await Promise.race([allEnded(), sleep(RECORD_MS, undefined, { ref: false })]);
      await changes.stop();
      await presence.stop();
    },
  };
}

/** The lanes of which many steps began at the same moment. */
function crowded(begun: readonly BegunStep[]): string[] {
  const counts = new Map<string, number>();
  for (const { lane } of begun) counts.set(lane, (counts.get(lane) ?? 0) + 1);
  return [...counts].flatMap(([lane, count]) => (count >= BURST ? [lane] : []));
}
