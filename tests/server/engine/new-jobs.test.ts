// A worker that hears of new jobs takes them itself and begins their steps; graphile-worker does what is left.
import type pg from "pg";
import { OWN_PLACES } from "steward/engine/engine";
import type { Work } from "steward/engine/step";
import { queueSettings } from "steward/worker/preset";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../../helpers/database.ts";
import { startEngine, type TestEngine } from "../../helpers/engine.ts";
import {
  defineLifecycle,
  jobsOf,
  knowWorker,
  startRun,
  statusOf,
  stepsOf,
  violations,
} from "../../helpers/lifecycle.ts";

const PLACES = 2;
const GENEROUS = { timeoutMs: 15_000 };
const test = suite("new jobs");
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
});
test.after(async () => {
  gate.resolve();
  await engine?.stop();
  await database.close();
});

test("the most urgent are taken first, as many as asked for, of any lane, and only of tasks that the worker has", async () => {
  await knowWorker(db, 1);
  await db.query("update steward_private.workers set tasks = '{late,soon}' where id = 1");
  const kinds = await Promise.all([
    defineLifecycle(db, [{ name: "late", lane: "database" }]),
    defineLifecycle(db, [{ name: "soon", lane: "cloud" }]),
    defineLifecycle(db, [{ name: "unknown", lane: "database" }]),
  ]);
  await db.query("update steward.lifecycle_steps set priority = 5 where name = 'late'");
  const runs: string[] = [];
  for (const kind of kinds) runs.push(await startRun(db, kind));
  assert.equal(await take(1), ["soon"]);
  assert.equal(await take(5), ["late"]);
  assert.equal(await take(5), []);
  assert.equal(
    (await Promise.all(runs.map((run) => jobsOf(db, run)))).map(({ length }) => length),
    [0, 0, 1],
  );
  await db.query("select steward_private.cancel_runs($1)", [runs]);
  await db.query("select steward_private.end_attempts(array(select id from steward.steps), 1)");
});

test("a step that begins has no job any more; graphile-worker has places of its own for what finds none", async () => {
  const queue = { ...queueSettings(PLACES), pollInterval: 60_000 };
  engine = await startEngine({ connectionString: database.ownerUrl, concurrency: PLACES, works, queue });
  const slow = await defineLifecycle(db, [{ name: "slow", lane: "database" }]);
  const started: string[] = [];
  for (let n = 1; n <= OWN_PLACES + PLACES + 1; n++) {
    const run = await startRun(db, slow);
    started.push(run);
    if (n <= OWN_PLACES + PLACES)
      await waitFor(async () => (await stepsOf(db, run))[0]?.status === "running", GENEROUS);
  }
  const jobs = await Promise.all(started.map((run) => jobsOf(db, run)));
  assert.equal(
    jobs.map(({ length }) => length),
    [...Array(OWN_PLACES).fill(0), ...Array(PLACES + 1).fill(1)],
  );
  gate.resolve();
  for (const run of started) await waitFor(async () => (await statusOf(db, run)) === "succeeded", GENEROUS);
  assert.equal(await violations(db), []);
});

test("what the engine cannot take, graphile-worker hears of as before", async () => {
  const run = await startRun(db, await defineLifecycle(db, [{ name: "quick", lane: "database" }]));
  await waitFor(async () => (await statusOf(db, run)) === "succeeded", GENEROUS);
  // Not the job of a step by its key, so that only graphile-worker takes it.
  await db.query(`select graphile_worker.add_job('quick', '{"step": "0"}', job_key => 'mine')`);
  const isDone = async () => {
    const { rowCount } = await db.query("select from graphile_worker.jobs where key = 'mine'");
    return rowCount === 0;
  };
  await waitFor(isDone, GENEROUS);
});

test.run();

async function take(most: number): Promise<string[]> {
  const { rows } = await db.query<{ task: string }>("select * from steward_private.take_new_jobs($1, 1)", [most]);
  return rows.map(({ task }) => task);
}
