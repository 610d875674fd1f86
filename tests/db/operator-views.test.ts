// What operators look at: each view tells what it is named for, and reads little however much lies behind it.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { blocksOf } from "../helpers/blocks.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { addHistory } from "../helpers/history.ts";
import {
  begin,
  defineLifecycle,
  fail,
  knowWorker,
  mustBegin,
  startRun,
  startRuns,
  stepOf,
} from "../helpers/lifecycle.ts";

const test = suite("operators' views");
let database: TestDatabase;
let db: pg.Pool;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
});
test.before.each(async () => {
  await db.query(
    "truncate steward.runs, steward.steps, steward_private.workers, steward_private.lane_rates, graphile_worker._private_jobs",
  );
});
test.after(() => database.close());

async function ask<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
  return (await db.query<T>(text, values)).rows;
}

test("failures: by code, with those that failed for good, those that try again, and an example", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  await knowWorker(db, 901);
  const [good, again] = [await startRun(db, kind), await startRun(db, kind)];
  await fail(db, await mustBegin(db, (await stepOf(db, good, "a")).id, 901), "never");
  await fail(db, await mustBegin(db, (await stepOf(db, again, "a")).id, 901), "later", 60_000);
  const rows = await ask(
    "select runs::int, retrying::int, example_run, first_seen <= last_seen as ordered from steward.failures",
  );
  assert.equal(rows, [{ runs: 1, retrying: 1, example_run: again, ordered: true }]);
});

test("slow_runs: open for longer than the lifecycle says, or 300 s; not those that ended, wait for an operator or are new", async () => {
  const steps = [{ name: "a" }];
  const [kind, patient] = [await defineLifecycle(db, steps), await defineLifecycle(db, steps)];
  await db.query("update steward.lifecycles set slow_after = '1 day' where kind = $1", [patient]);
  await knowWorker(db, 901);
  const single = () => startRun(db, kind);
  const [waits, runs, retries, suspended, ended] = [
    await single(),
    await single(),
    await single(),
    await single(),
    await single(),
  ];
  await startRun(db, patient);
  const bulk = await startRuns(db, kind, 200);
  await mustBegin(db, (await stepOf(db, runs, "a")).id, 901);
  await fail(db, await mustBegin(db, (await stepOf(db, retries, "a")).id, 901), "later", 60_000);
  await db.query("select steward.suspend(run => $1)", [suspended]);
  await fail(db, await mustBegin(db, (await stepOf(db, ended, "a")).id, 901), "never");
  assert.equal(await ask("select from steward.slow_runs"), []);
  await db.query("update steward.runs set created_at = now() - interval '10 minutes'");
  const slow = (await ask<{ run_id: string }>("select run_id from steward.slow_runs")).map(({ run_id }) => run_id);
  assert.equal(slow.sort(), [waits, runs, retries, ...bulk].sort());
});

test("workers: idle, at work, past a timeout, silent behind its session", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  await knowWorker(db, 901);
  const state = async () =>
    (await ask<{ state: string; running: string[] }>("select state, running from steward.workers"))[0];
  assert.equal(await state(), { state: "idle", running: [] });
  await mustBegin(db, (await stepOf(db, await startRun(db, kind), "a")).id, 901);
  assert.equal(await state(), { state: "works", running: ["a"] });
  await db.query("update steward.steps set expires_at = now() - interval '1 second' where worker_id = 901");
  assert.equal((await state())?.state, "hangs");
});

test("purges: how many rows of which table are gone, how fast, and until when", async () => {
  await db.query("insert into app_public.users (username) values ('much')");
  await db.query(
    "insert into app_public.labels (user_id, label_key) select u.id, 'x' from app_public.users u cross join generate_series(1, 1500)",
  );
  await db.query("delete from app_public.users");
  const [waits] = await ask<{ step_id: string }>("select step_id, table_name, status, done::int from steward.purges");
  assert.equal({ ...waits, step_id: 0 }, { step_id: 0, table_name: "app_public.labels", status: "queued", done: 0 });
  await knowWorker(db, 901);
  await begin(db, waits?.step_id ?? "", 901);
  await db.query(
    "update steward.steps set done = 500, total = 1500, started_at = now() - interval '50 seconds' where id = $1",
    [waits?.step_id],
  );
  assert.equal(
    await ask(
      "select done::int, total::int, round(rate) as rate, round(extract(epoch from ends_in) / 10)::int as tens, worker_id from steward.purges",
    ),
    [{ done: 500, total: 1500, rate: 10, tens: 10, worker_id: 901 }],
  );
});

test("blockers: who holds what others wait for, what they ran, and which steps were put off for them", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  await knowWorker(db, 901);
  const { id } = await stepOf(db, await startRun(db, kind), "a");
  const [holder, waiter] = [await db.connect(), await db.connect()];
  const pid = async (client: pg.PoolClient) =>
    (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid;
  const [held, waits] = [await pid(holder), await pid(waiter)];
  try {
    await holder.query("begin");
    await holder.query("lock table app_public.tenants");
    const waiting = waiter.query("select from app_public.tenants");
    await db.query(
      "update steward.steps set status = 'retrying', blocked_since = clock_timestamp(), blocked_by = $2 where id = $1",
      [id, `session ${held}, somebody`],
    );
    const look = "select pid, state, last_query, sessions::int, waiting, steps::int, step_ids from steward.blockers";
    for (;;) {
      const rows = await ask<{ sessions: number }>(look);
      if (rows[0]?.sessions !== 1) continue;
      const last_query = "lock table app_public.tenants";
      assert.equal(rows, [
        {
          pid: held,
          state: "idle in transaction",
          last_query,
          sessions: 1,
          waiting: [waits],
          steps: 1,
          step_ids: [id],
        },
      ]);
      break;
    }
    await holder.query("rollback");
    await waiting;
    assert.equal(await ask(look), [], "nobody, once it has let go");
  } finally {
    holder.release(true);
    waiter.release(true);
  }
});

test("backlog: tasks that no worker has, the rate and the time until nothing waits", async () => {
  const kind = await defineLifecycle(db, [{ name: "b" }]);
  const other = await defineLifecycle(db, [{ name: "a" }]);
  await startRuns(db, kind, 200);
  await startRuns(db, other, 200);
  await knowWorker(db, 901);
  await db.query("update steward_private.workers set tasks = '{b}'");
  await db.query(
    "insert into steward_private.lane_rates values ('database', clock_timestamp() - interval '20 seconds', 800)",
  );
  assert.equal(
    await ask(
      "select steps::int, ready::int, lacking, round(rate) as rate, round(extract(epoch from drained_in))::int as seconds from steward.backlog where lane = 'database'",
    ),
    [{ steps: 400, ready: 400, lacking: ["a"], rate: 40, seconds: 10 }],
  );
});

test("none of them reads what has ended, or all that waits", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  await startRuns(db, kind, 1_000);
  const client = await db.connect();
  try {
    // Not failures: it reads those of seven days, 10,000 at most.
    const views = ["slow_runs", "purges", "blockers", "workers", "backlog"];
    const cost = async () => {
      const blocks: number[] = [];
      for (const view of views) blocks.push(await blocksOf(client, `select * from steward.${view}`));
      return blocks;
    };
    await cost();
    const before = await cost();
    await addHistory(database.superuserUrl, 50_000);
    await client.query("analyze");
    await cost();
    const after = await cost();
    for (const [index, view] of views.entries())
      assert.ok(
        (after[index] ?? 0) <= 2 * (before[index] ?? 0) + 100,
        `${view}: ${before[index]} blocks, then ${after[index]}`,
      );
  } finally {
    client.release();
  }
});

test("readiness, the jobs of a run, a row's runs and a filter read what they are about, not all that waits", async () => {
  const [kind, other] = [await defineLifecycle(db, [{ name: "a" }]), await defineLifecycle(db, [{ name: "a" }])];
  const run = await startRun(db, other);
  const [row] = await ask<{ subject_table: string; subject_id: string }>("select * from steward.runs");
  const statements = [
    "select * from steward.server_health()",
    `select * from steward.jobs where run_id = '${run}'`,
    `select * from steward.runs_of('${row?.subject_table}', '${row?.subject_id}')`,
    `select steward_private.find_runs('{"lifecycle": "${other}", "most": 10}', '{pending}')`,
  ];
  const client = await db.connect();
  try {
    const cost = async () => {
      const blocks: number[] = [];
      for (const statement of statements) blocks.push(await blocksOf(client, statement));
      return blocks;
    };
    await cost(); // the first time also reads the catalogue
    const before = await cost();
    await startRuns(db, kind, 3_000);
    await db.query(
      `select graphile_worker.add_jobs(array_agg(('x', '{}', null, null, null, null, n % 3, null)::graphile_worker.job_spec)) from generate_series(1, 3000) n`,
    );
    await addHistory(database.superuserUrl, 10_000);
    await client.query("vacuum (analyze) steward.runs, steward.steps, graphile_worker._private_jobs");
    await cost();
    for (const [index, after] of (await cost()).entries())
      assert.ok(
        after <= 2 * (before[index] ?? 0) + 100,
        `${statements[index]}: ${before[index]} blocks, then ${after}`,
      );
  } finally {
    client.release();
  }
});

test.run();
