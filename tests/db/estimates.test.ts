// When a run will probably have ended: what its definition expects, what runs took, and what is before it.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";

const test = suite("estimates");
let database: TestDatabase;
let db: pg.Pool;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  await db.query(
    `select steward.define_lifecycle('brew', 'For a test.', '{"boil": {"expected": "30 s"}, "pour": {"after": "boil", "expected": "10 s"}}')`,
  );
});
test.after(() => database.close());

test("before any run has ended, the definition says how long one takes", async () => {
  const [runId] = await start(1);
  assert.is(await seconds(runId), 40);
  await db.query(
    `select steward.define_lifecycle('brew', 'For a test.', '{"boil": {"expected": "3 s"}, "pour": {"after": "boil"}}')`,
  );
  assert.is(await seconds(runId), 4, "1 s where a step says nothing");
  await assertRefused(`{"boil": {"expected": "0 s"}}`);
  await assertRefused(`{"boil": {"expected": "soon"}}`);
});

test("of a batch each step counts, as its definition expects of it; once its lane moves, that says more", async () => {
  await db.query(
    `select steward.define_lifecycle('bake', 'For a test.', '{"heat": {"expected": "10 s"}, "cake": {"batch": true, "after": "heat", "expected": "100 ms"}}')`,
  );
  const { rows } = await db.query<{ id: string }>(
    "select unnest(steward.start_runs('bake', 'public.pots', '{oven}')) as id",
  );
  const [run] = rows;
  await db.query(
    "select steward.request_steps(array_fill($1::uuid, array[200]), 'cake', array(select g::text from generate_series(1, 200) g))",
    [run?.id],
  );
  assert.is(await seconds(run?.id), 30, "10 s and 200 times 100 ms");
  await db.query("update steward.steps set is_backlog = true, status = 'queued' where run_id = $1 and name = 'cake'", [
    run?.id,
  ]);
  await db.query(
    "insert into steward_private.lane_rates (lane, since, steps) values ('database', now() - interval '10 seconds', 250)",
  );
  const moving = await seconds(run?.id);
  assert.ok(moving >= 7 && moving <= 10, `${moving} s for 201 steps at 25 per second`);
  await db.query("delete from steward_private.lane_rates");
});

test("once runs have ended, they say it", async () => {
  await db.query(
    `insert into steward.runs (kind, subject_table, subject_id, status, total, created_at, finished_at)
     values ('brew', 'public.pots', 'old', 'succeeded', 2, now() - interval '1 hour', now() - interval '40 minutes')`,
  );
  const [runId] = await start(1);
  assert.is(await seconds(runId), 1200);
});

test("a backlog is counted, at the rate of its lane", async () => {
  const ids = await start(4000);
  const last = ids[ids.length - 1];
  const alone = await seconds(last);
  await db.query(
    "insert into steward_private.lane_rates (lane, since, steps) values ('database', now() - interval '20 seconds', 40)",
  );
  const behind = await seconds(last);
  assert.ok(Math.abs(alone - 1200) < 5, `${alone} s without a rate`);
  assert.ok(behind > 1700 && behind < 2200, `${behind} s for some 4000 steps at 2 per second`);
});

test.run();

let made = 0;

async function start(count: number): Promise<string[]> {
  const subjects = Array.from({ length: count }, () => `pot ${++made}`);
  const { rows } = await db.query<{ id: string }>(
    "select unnest(steward.start_runs('brew', 'public.pots', $1)) as id",
    [subjects],
  );
  return rows.map(({ id }) => id);
}

/** From when it was made; a run of a backlog ends at the earliest after those before it. */
async function seconds(runId: string | undefined): Promise<number> {
  const { rows } = await db.query<{ seconds: number }>(
    "select round(extract(epoch from steward.runs_estimated_completion(r) - r.created_at))::int as seconds from steward.runs r where id = $1",
    [runId],
  );
  return rows[0]?.seconds ?? Number.NaN;
}

async function assertRefused(steps: string): Promise<void> {
  const code = await db.query("select steward.define_lifecycle('brew2', 'For a test.', $1)", [steps]).then(
    () => "accepted",
    (error: { code?: string }) => error.code,
  );
  assert.is(code, "ST420");
}
