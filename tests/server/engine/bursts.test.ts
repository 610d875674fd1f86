// A burst of single steps is worked off many at a time: their jobs are taken out of graphile-worker's queue together with others.
import type pg from "pg";
import type { Work } from "steward/engine/step";
import { queueSettings } from "steward/worker/preset";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../../helpers/database.ts";
import { startEngine, type TestEngine } from "../../helpers/engine.ts";
import { defineLifecycle, fail, jobsOf, knowWorker, startRun, stepsOf, violations } from "../../helpers/lifecycle.ts";

const PLACES = 10;
const AT_ONCE = 16;
const test = suite("bursts");
let database: TestDatabase;
let db: pg.Pool;
let engine: TestEngine | undefined;
let gate = Promise.withResolvers<void>();
const works: Readonly<Record<string, Work>> = {
  quick: async () => undefined,
  slow: () => gate.promise.then(() => undefined),
};

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  await db.query("update steward.lanes set at_once = $1 where name = 'database'", [AT_ONCE]);
});
test.after(async () => {
  gate.resolve();
  await engine?.stop();
  await database.close();
});

test("what is taken is begun and has no job any more, as much as the lane allows; other jobs stay", async () => {
  await knowWorker(db, 1);
  const [ours, others] = [await define("quick"), await defineLifecycle(db, [{ name: "other", lane: "cloud" }])];
  const runs = await start(ours, 3);
  const other = await startRun(db, others);
  await db.query("select graphile_worker.add_job('quick', '{}', job_key => 'mine')");
  assert.is((await take(AT_ONCE - 2)).length, 2);
  assert.is((await take(AT_ONCE)).length, 0);
  const [last] = await take(0);
  assert.ok(last);
  assert.equal((await Promise.all(runs.map((run) => jobsOf(db, run)))).flat(), []);
  assert.is((await jobsOf(db, other)).length, 1);
  const { rows } = await db.query("select key from graphile_worker.jobs where task_identifier = 'quick'");
  assert.equal(rows, [{ key: "mine" }]);

  await fail(db, last, "release");
  const [step] = await stepsOf(db, last.run_id);
  assert.is(step?.status, "queued");
  assert.is((await jobsOf(db, last.run_id)).length, 1, "whoever gives a step back makes a job for it");
  await db.query("select graphile_worker.remove_job('mine')");
  await db.query("select steward_private.cancel_runs($1)", [[...runs, other]]);
  await db.query("select steward_private.end_attempts(array(select id from steward.steps), 1)");
});

test("of a lane that was chosen for its steps too; what of the same task is in another lane begins in that one", async () => {
  await db.query(`
    insert into steward.lanes (name, places) values ('north', null), ('south', null);
    create function app_private.choose(subject_ids text[], items text[], inputs jsonb[]) returns text[]
    language sql set search_path = pg_catalog, pg_temp
    as 'select array_agg(i ->> ''lane'' order by n) from unnest(inputs) with ordinality as u (i, n)';
    select steward.define_lifecycle('chosen', 'For a test.', '{"elsewhere": {"lane_by": "app_private.choose"}}')`);
  const lanes = ["north", "south", "north", "north"];
  for (const [n, lane] of lanes.entries())
    await db.query("select steward.start_runs('chosen', 'bench', $1, null, null, $2)", [
      [n],
      [JSON.stringify({ lane })],
    ]);
  const taken = await take(0, "north");
  assert.equal(taken.map(({ lane }) => lane).toSorted(), lanes.toSorted());
  await db.query("select steward_private.cancel_runs(array(select id from steward.runs where kind = 'chosen'))");
  await db.query("select steward_private.end_attempts(array(select id from steward.steps), 1)");
});

test("a burst takes more than the places for single steps, and no more than its lane allows beside them", async () => {
  const runs = await start(await define("slow"), 3 * PLACES + AT_ONCE);
  const queue = queueSettings(PLACES);
  engine = await startEngine({ connectionString: database.ownerUrl, concurrency: PLACES, works, queue });
  await waitFor(async () => (await count(runs, "running")) === PLACES + AT_ONCE, { timeoutMs: 30_000 });
  gate.resolve();
  await waitFor(async () => (await count(runs, "succeeded")) === runs.length, { timeoutMs: 30_000 });
  assert.equal(await violations(db), []);
});

test.run();

function define(name: string): Promise<string> {
  return defineLifecycle(db, [{ name, lane: "database" }]);
}

/** Each by itself, so that each has a job. */
function start(kind: string, runs: number): Promise<string[]> {
  return Promise.all(Array.from({ length: runs }, () => startRun(db, kind)));
}

async function take(inFlight: number, lane = "database") {
  const { rows } = await db.query("select * from steward_private.take_jobs($2, $1, 1)", [inFlight, lane]);
  return rows;
}

async function count(runs: readonly string[], status: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    "select count(*)::int as n from steward.steps where run_id = any ($1) and status = $2",
    [runs, status],
  );
  return rows[0]?.n ?? 0;
}
