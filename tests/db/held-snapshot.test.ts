// A snapshot that somebody holds open keeps every job that was worked off in the queue, dead: what looks for jobs must not walk past
// all of them again and again. docs/decisions/held-snapshots.md.
import pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { blocksOf } from "../helpers/blocks.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { defineLifecycle, jobsOf, knowWorker, startRun } from "../helpers/lifecycle.ts";

const DEAD = 50_000;
/** The dead ones lie in more than a thousand. */
const FEW_BLOCKS = 500;
const test = suite("a held snapshot");
let database: TestDatabase;
let db: pg.Client;
let holder: pg.Client;
let kind: string;

test.before(async () => {
  database = await createDatabase();
  [db, holder] = await Promise.all([connect(), connect()]);
  await knowWorker(database.pool, 1);
  kind = await defineLifecycle(database.pool, [{ name: "quick", lane: "database" }]);
  await startRun(database.pool, kind);
  await holder.query("begin");
  await holder.query("select pg_current_xact_id()");
  await db.query(
    "insert into graphile_worker._private_jobs (task_id, key, run_at) select t.id, 'step:' || -n, now() - interval '1 hour' from graphile_worker._private_tasks t, generate_series(1, $1::int) n where t.identifier = 'quick'",
    [DEAD],
  );
  await db.query("delete from graphile_worker._private_jobs");
  await db.query("analyze"); // at a moment at which the queue is empty
});
test.after(async () => {
  await Promise.all([db.end(), holder.end()]);
  await database.close();
});

test("starting a few runs reads none of the dead jobs", async () => {
  const start = (name: string) =>
    `select steward.start_runs('${kind}', 'public.test', array(select '${name}-' || n from generate_series(1, 10) n))`;
  await db.query(start("first"));
  assert.ok((await blocksOf(db, start("second"))) < FEW_BLOCKS);
});

test("a step that becomes ready reads none of them, and has a job", async () => {
  const run = await startRun(database.pool, kind);
  const enqueue = `select steward_private.enqueue_steps(array(select id from steward.steps where run_id = '${run}'))`;
  await db.query(enqueue);
  await db.query("select graphile_worker.remove_job(key) from graphile_worker.jobs");
  assert.ok((await blocksOf(db, enqueue)) < FEW_BLOCKS);
  assert.is((await jobsOf(db, run)).length, 1);
});

for (const take of ["take_jobs('database', 0, 1)", "take_new_jobs(10, 1)"])
  test(`${take} walks past them once; what comes later is taken without`, async () => {
    const text = `select * from steward_private.${take}`;
    while ((await db.query(text)).rowCount !== 0);
    const run = await startRun(database.pool, kind);
    assert.ok((await blocksOf(db, text)) < FEW_BLOCKS);
    assert.equal(await jobsOf(db, run), []);
  });

test.run();

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  return client;
}
