// test-timeout: 240
// An application's open transaction holds what steps need: they are put off without using up an attempt, say who holds it, and leave
// the worker's places to others.
import pg from "pg";
import type { Work } from "steward/engine/step";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AppError } from "../../../server/errors.ts";
import { createDatabase, type TestDatabase, waitFor } from "../../helpers/database.ts";
import { startEngine, type TestEngine } from "../../helpers/engine.ts";
import { defineLifecycle, startRun, startRuns, statusOf, stepsOf, violations } from "../../helpers/lifecycle.ts";

const PLACES = 6;
const BULK = 30;
const test = suite("locks of other people");
let released = Promise.withResolvers<void>();
let ended = 0;
let isPutOff = false;

const works: Readonly<Record<string, Work>> = {
  quick: async () => undefined,
  writes_user: async (step) => (client) =>
    client.query("update app_public.users set display_name = $1 where username = 'held'", [step.id]),
  reads_user: async (step) => {
    await step.query("select from app_public.users where username = 'held'");
    return undefined;
  },
  puts_off: async () => {
    if (isPutOff) return undefined;
    isPutOff = true;
    await released.promise;
    throw new AppError("ST514");
  },
  ends_late: async () => {
    ended++;
    await released.promise;
    return undefined;
  },
  conflicts: async (step) => (client) => client.query("select app_private.test_conflict($1)", [step.id]),
};
let database: TestDatabase;
let db: pg.Pool;
let engine: TestEngine;
let holder: pg.Client;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  await db.query("insert into app_public.users (username) values ('held')");
  await db.query("select steward_private.cancel_runs(array(select id from steward.runs))");
  engine = await startEngine({ connectionString: database.ownerUrl, works, concurrency: PLACES });
  holder = new pg.Client({ connectionString: database.ownerUrl, application_name: "some application" });
  await holder.connect();
});
test.after(async () => {
  await holder.end();
  await engine.stop();
  await database.close();
});

test("while a hundred steps wait for a held row, other steps go on; nothing is used up, and the holder is named", async () => {
  const [writing, quick] = await Promise.all([
    defineLifecycle(db, [{ name: "writes_user", maxAttempts: 1 }]),
    defineLifecycle(db, [{ name: "quick" }]),
  ]);
  await holder.query("begin; select from app_public.users where username = 'held' for update /* a secret */");
  const runs: string[] = [];
  for (let i = 0; i < 100; i++) runs.push(await startRun(db, writing));
  for (let i = 0; i < 30; i++) {
    const run = await startRun(db, quick);
    await waitFor(async () => (await statusOf(db, run)) === "succeeded", { what: `other run ${i}` });
  }
  await waitFor(async () => (await count("status = 'retrying' and blocked_by is not null", runs)) > 80, {
    timeoutMs: 60_000,
    what: "the deferral of all",
  });
  const { rows } = await db.query<{ blocked_by: string; error_code: string; attempts: number; steps: number }>(
    `select blocked_by, error_code, attempts, count(*)::int as steps from steward.steps
     where run_id = any ($1) and status = 'retrying' group by 1, 2, 3 order by 4 desc`,
    [runs],
  );
  assert.ok(
    rows.every((row) => row.error_code === "ST903" && row.attempts === 0 && !/secret|select/.test(row.blocked_by)),
  );
  // Some may have seen another that waited for the same, and gave up just then.
  const { processID } = holder as pg.Client & { processID: number };
  const expected = `^session ${processID}, steward_owner, some application, idle in transaction, .* since 20`;
  assert.match(rows[0]?.blocked_by ?? "", new RegExp(expected));
  await holder.query("commit");
  await db.query("update steward.steps set ready_at = now() where run_id = any ($1) and status = 'retrying'", [runs]);
  await db.query("select steward_private.retry_runs($1)", [runs]);
  await waitFor(
    async () => (await count("status = 'succeeded' and attempts = 1 and blocked_by is null", runs)) === 100,
    {
      timeoutMs: 60_000,
      what: "the end of all",
    },
  );
});

test("a table that is locked for longer than all attempts together uses up none of them", async () => {
  const kind = await defineLifecycle(db, [{ name: "reads_user", timeout: 1, maxAttempts: 2 }]);
  await holder.query("begin; lock table app_public.users in access exclusive mode");
  const runs = await startRuns(db, kind, PLACES * 2);
  await waitFor(async () => (await count("blocked_since < now() - interval '3 seconds'", runs)) > 0, {
    timeoutMs: 30_000,
  });
  await holder.query("commit");
  await waitFor(async () => (await count("status = 'succeeded' and attempts = 1", runs)) === runs.length, {
    timeoutMs: 30_000,
    what: "the end of all",
  });
});

test("an outcome that cannot be recorded for a held run takes up no place, and is recorded in the end, once", async () => {
  const late = await defineLifecycle(db, [{ name: "ends_late", timeout: 2 }]);
  const quick = await defineLifecycle(db, [{ name: "quick" }]);
  const runs = await startRuns(db, late, PLACES);
  await waitFor(() => ended === PLACES);
  await holder.query("begin");
  await holder.query("select from steward.runs where id = any ($1) for update", [runs]);
  released.resolve();
  const others = await startRuns(db, quick, PLACES * 2);
  await waitFor(async () => (await count("status = 'succeeded'", others)) === others.length, {
    what: "the others",
  });
  await holder.query("commit");
  await waitFor(async () => (await count("status = 'succeeded' and attempts = 1 and lease = 1", runs)) === PLACES, {
    timeoutMs: 30_000,
    what: "the end of all",
  });
  assert.is(ended, PLACES);
});

test("however many outcomes cannot be recorded, they leave the connections to others", async () => {
  const bulk = await defineLifecycle(db, [{ name: "ends_late" }]);
  const quick = await defineLifecycle(db, [{ name: "quick" }]);
  released = Promise.withResolvers<void>();
  ended = 0;
  const runs = await startRuns(db, bulk, BULK);
  await waitFor(() => ended === BULK);
  await holder.query("begin");
  await holder.query("select from steward.runs where id = any ($1) for update", [runs]);
  released.resolve();
  await waitFor(async () => (await waiters()) > 0);
  const others = await startRuns(db, quick, PLACES * 2);
  await waitFor(async () => (await count("status = 'succeeded'", others)) === others.length, { what: "the others" });
  for (let looks = 0; looks < 20; looks++) assert.ok((await waiters()) <= 2);
  await holder.query("commit");
  await waitFor(async () => (await count("status = 'succeeded' and attempts = 1 and lease = 1", runs)) === BULK, {
    timeoutMs: 30_000,
    what: "the end of all",
  });
});

test("a step whose beginning somebody's lock prevents begins soon after", async () => {
  const kind = await defineLifecycle(db, [{ name: "quick" }]);
  const run = await startRun(db, kind);
  await waitFor(async () => (await statusOf(db, run)) === "succeeded");
  await db.query("select steward_private.retry_runs($1)", [[run]]);
  await db.query("update steward.runs set status = 'running', done = 0, finished_at = null where id = $1", [run]);
  await db.query("update steward.steps set status = 'queued', ready_at = now(), finished_at = null where run_id = $1", [
    run,
  ]);
  await holder.query("begin; lock table steward.lanes in access exclusive mode");
  const add = "select graphile_worker.add_job('quick', json_build_object('step', id::text), job_key => 'step:' || id)";
  await db.query(`${add} from steward.steps where run_id = $1`, [run]);
  await waitFor(async () => (await postponed()) > 0, { what: "the postponing" });
  await holder.query("commit");
  await waitFor(async () => (await statusOf(db, run)) === "succeeded", { what: "the run" });
});

test("an attempt that a lock stopped uses up none, although another lock kept that from being recorded until it was rescued", async () => {
  const kind = await defineLifecycle(db, [{ name: "writes_user", maxAttempts: 2 }]);
  await holder.query("begin; select from app_public.users where username = 'held' for update");
  const run = await startRun(db, kind);
  await waitFor(async () => (await count("status = 'running'", [run])) === 1, { what: "the attempt" });
  await holder.query("select from steward.steps where run_id = $1 for update", [run]);
  await waitFor(async () => (await waiters()) > 0, { what: "the end of the attempt" });
  await rescueHeld(run);
});

test("nor does one that the task put off", async () => {
  released = Promise.withResolvers();
  const run = await startRun(db, await defineLifecycle(db, [{ name: "puts_off", maxAttempts: 2 }]));
  await waitFor(async () => (await count("status = 'running'", [run])) === 1, { what: "the attempt" });
  await holder.query("begin; select from steward.steps where run_id = $1 for update".replace("$1", `'${run}'`));
  released.resolve();
  await waitFor(async () => (await waiters()) > 0, { what: "the end of the attempt" });
  await rescueHeld(run);
});

test("nor does a last attempt that ended in time while a table was locked for longer than it may take", async () => {
  const isUp = "select from pg_postmaster_start_time() as t (at) where now() > t.at + interval '5 seconds'";
  await waitFor(async () => (await db.query(isUp)).rowCount === 1, {
    what: "the time from which on anybody is rescued",
  });
  released = Promise.withResolvers();
  ended = 0;
  const kind = await defineLifecycle(db, [{ name: "ends_late", maxAttempts: 1, timeout: 1 }]);
  const runs = [await startRun(db, kind), await startRun(db, kind)];
  await waitFor(async () => ended === runs.length);
  // Of all who wait for the lock, the one that rescues gets through first: it is the holder itself.
  await holder.query("begin; select steward_private.take_turn('rescue'); lock table steward.runs in exclusive mode");
  released.resolve();
  await holder.query(
    "select pg_sleep(extract(epoch from max(expires_at) - clock_timestamp()) + 3) from steward.steps where run_id = any ($1)",
    [runs],
  );
  await holder.query("select steward_private.rescue_steps(-1); commit");
  await waitFor(async () => (await count("status = 'succeeded' and attempts = 1", runs)) === runs.length, {
    what: "the outcomes",
  });
});

test("deadlocks and serialization failures use up no attempt", async () => {
  await db.query(`
    create sequence app_private.test_tries;
    create function app_private.test_conflict(step_id bigint) returns void language plpgsql as $$
    begin
      if nextval('app_private.test_tries') <= 12 then
        raise exception using errcode = case when random() < 0.5 then '40001' else '40P01' end;
      end if;
    end $$`);
  const kind = await defineLifecycle(db, [{ name: "conflicts", maxAttempts: 1 }]);
  const run = await startRun(db, kind);
  await waitFor(async () => (await statusOf(db, run)) === "succeeded", { timeoutMs: 20_000, what: "the run" });
  assert.is((await stepsOf(db, run))[0]?.attempts, 1);
});

test("nothing of all this broke a promise", async () => {
  assert.equal(await violations(db), []);
});

test.run();

async function count(where: string, runs: readonly string[]): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from steward.steps where run_id = any ($1) and ${where}`,
    [runs],
  );
  return rows[0]?.n ?? 0;
}

/** Statements of the engine that wait for a lock. */
/** The holder rescues the step that it has locked; in the end that has cost no attempt. */
async function rescueHeld(run: string): Promise<void> {
  // Its process has had its seconds since the end of its time.
  await holder.query(
    "update steward.steps set expires_at = now() - interval '3 seconds', begun_at = begun_at - interval '1 hour' where run_id = $1",
    [run],
  );
  await waitFor(async () => (await holder.query("select from steward_private.rescue_steps(-1)")).rowCount === 1, {
    what: "the rescue",
  });
  await holder.query("commit");
  await waitFor(async () => (await count("status = 'succeeded' and attempts = 1", [run])) === 1, {
    what: "the refund",
  });
}

async function waiters(): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and query ~ 'succeed_steps|fail_step'`,
  );
  return rows[0]?.n ?? 0;
}

async function postponed(): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    "select count(*)::int as n from graphile_worker.jobs where task_identifier = 'quick' and run_at > now()",
  );
  return rows[0]?.n ?? 0;
}
