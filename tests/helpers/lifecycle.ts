// Lifecycles made up by tests, and the engine's SQL functions as a worker calls them.
import { randomUUID } from "node:crypto";
import type pg from "pg";

export interface StepDefinition {
  readonly name: string;
  readonly task?: string;
  readonly lane?: "database" | "drive" | "cloud";
  readonly after?: readonly string[];
  readonly isBatch?: boolean;
  /** In seconds. */
  readonly timeout?: number;
  readonly maxAttempts?: number;
}

export interface Begun {
  readonly step_id: string;
  readonly lease: number;
  readonly run_id: string;
  readonly attempt: number;
}

export interface StepRow {
  readonly id: string;
  readonly name: string;
  readonly item: string | null;
  readonly status: string;
  readonly attempts: number;
  readonly lease: number;
  readonly worker_id: number | null;
  readonly is_backlog: boolean;
  readonly error_code: string | null;
  readonly error_message: string | null;
}

type Db = Pick<pg.ClientBase, "query">;

let made = 0;

/** Adds a lifecycle of its own and returns its kind. Its steps begin with a task of their own name unless said otherwise. */
export async function defineLifecycle(db: Db, steps: readonly StepDefinition[]): Promise<string> {
  const kind = `test_${++made}_${randomUUID().slice(0, 8)}`;
  await db.query("insert into steward.lifecycles (kind, description) values ($1, 'For a test.')", [kind]);
  const rows = steps.map(({ name, task, lane, after, isBatch, timeout, maxAttempts }) => ({
    kind,
    name,
    task: task ?? name,
    lane: lane ?? "database",
    after: after ?? [],
    is_batch: isBatch ?? false,
    timeout: `${timeout ?? 300} seconds`,
    max_attempts: maxAttempts ?? 3,
    priority: 0,
  }));
  await db.query(
    `insert into steward.lifecycle_steps (kind, name, task, lane, after, is_batch, timeout, max_attempts, priority)
     select kind, name, task, lane, after, is_batch, timeout, max_attempts, priority
     from json_populate_recordset(null::steward.lifecycle_steps, $1)`,
    [JSON.stringify(rows)],
  );
  return kind;
}

/** Starts a run for each of so many new subjects, in one statement; returns their ids. */
export async function startRuns(db: Db, kind: string, count: number): Promise<string[]> {
  const subjects = Array.from({ length: count }, () => randomUUID());
  const { rows } = await db.query<{ ids: string[] }>("select steward.start_runs($1, 'app_public.users', $2) as ids", [
    kind,
    subjects,
  ]);
  return rows[0]?.ids ?? [];
}

/** Starts one run. */
export async function startRun(db: Db, kind: string): Promise<string> {
  const [id] = await startRuns(db, kind, 1);
  if (id === undefined) throw new Error("no run was started");
  return id;
}

/** Asks for batch steps of a run. */
export async function request(db: Db, runId: string, name: string, items: readonly string[]): Promise<void> {
  await db.query("select steward.request_steps($1, $2, $3)", [items.map(() => runId), name, items]);
}

/** The run's steps, in the order of their ids. */
export async function stepsOf(db: Db, runId: string): Promise<StepRow[]> {
  const { rows } = await db.query<StepRow>("select * from steward.steps where run_id = $1 order by id", [runId]);
  return rows;
}

/** One of the run's steps. */
export async function stepOf(db: Db, runId: string, name: string, item: string | null = null): Promise<StepRow> {
  const found = (await stepsOf(db, runId)).find((step) => step.name === name && step.item === item);
  if (found === undefined) throw new Error(`the run has no step ${name}`);
  return found;
}

/** The run's status. */
export async function statusOf(db: Db, runId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ status: string }>("select status from steward.runs where id = $1", [runId]);
  return rows[0]?.status;
}

/** Makes a made-up worker known, and alive whatever becomes of the test's connections. */
export async function knowWorker(db: Db, workerId: number): Promise<void> {
  await db.query(
    `with made as (
       insert into steward_private.workers (id, pool_id, host, pid, uses_lock, seen_at) overriding system value
       values ($1, 'made up', 'test', 0, false, 'infinity') on conflict do nothing
       returning id
     ),
     known as (
       insert into steward_private.known_workers (id, host, pid) select id, 'test', 0 from made on conflict do nothing
     )
     -- Real ones come after it.
     select setval(pg_get_serial_sequence('steward_private.workers', 'id'), greatest(m.id, s.last_value))
     from made m, steward_private.workers_id_seq s`,
    [workerId],
  );
}

/** Begins a step for a worker; undefined when there was nothing to begin. */
export async function begin(db: Db, stepId: string, workerId: number): Promise<Begun | undefined> {
  await knowWorker(db, workerId);
  const { rows } = await db.query<Begun>("select * from steward_private.begin_jobs(array[$1::bigint], $2)", [
    stepId,
    workerId,
  ]);
  return rows[0];
}

/** Begins a step that can be begun. */
export async function mustBegin(db: Db, stepId: string, workerId: number): Promise<Begun> {
  const begun = await begin(db, stepId, workerId);
  if (begun === undefined) throw new Error(`step ${stepId} could not be begun`);
  return begun;
}

/** Ends steps as succeeded, then looks whether their batches are complete; returns the ids that counted. */
export async function succeed(db: Db, ...steps: readonly Begun[]): Promise<string[]> {
  const ids = steps.map((step) => step.step_id);
  const leases = steps.map((step) => step.lease);
  const { rows } = await db.query<{ ids: string[] }>("select steward_private.succeed_steps($1, $2) as ids", [
    ids,
    leases,
  ]);
  await db.query("select steward_private.settle_steps($1)", [ids]);
  return rows[0]?.ids ?? [];
}

export type Outcome = "never" | "later" | "wait" | "defer" | "release";

/** Ends an attempt without success; returns the step's status. */
export async function fail(db: Db, step: Begun, outcome: Outcome, waitMs: number | null = null): Promise<string> {
  const { rows } = await db.query<{ status: string }>(
    "select steward_private.fail_step($1, $2, $3, 'ST403', 'For a test.', $4) as status",
    [step.step_id, step.lease, outcome, waitMs],
  );
  await db.query("select steward_private.settle_steps($1)", [[step.step_id]]);
  return rows[0]?.status ?? "";
}

/** Lets a step that waits for its time begin at once. */
export async function makeDue(db: Db, stepId: string): Promise<void> {
  await db.query("update steward.steps set ready_at = now() where id = $1", [stepId]);
}

/** The keys of the jobs in the queue that are for steps of the run. */
export async function jobsOf(db: Db, runId: string): Promise<string[]> {
  const { rows } = await db.query<{ step: string }>(
    `select s.name || coalesce('/' || s.item, '') as step
     from graphile_worker.jobs j join steward.steps s on j.key = 'step:' || s.id
     where s.run_id = $1 order by s.id`,
    [runId],
  );
  return rows.map((row) => row.step);
}

/** What breaks a promise right now. */
export async function violations(db: Db): Promise<unknown[]> {
  return (await db.query("select * from steward.violations")).rows;
}
