// Where a claim begins. From the beginning of a backlog it walks past all that was claimed before, so a session goes on where it was,
// for a time; what that passes over is found at the next look from the beginning.
import pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { blocksOf } from "../helpers/blocks.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { defineLifecycle, knowWorker, startRuns } from "../helpers/lifecycle.ts";

const DEAD = 20_000;
/** The dead ones lie in more than a hundred. */
const FEW_BLOCKS = 600;
const AT_ONCE = 10;
/** More than that in one statement become a backlog. */
const CROWD = 50;
/** So many claims that the session goes on where it was. */
const MANY = 10;
const FEW_LANES = 10;
const WORKER = 1;
const OTHER_WORKER = 2;

const test = suite<{ db: pg.Client; kind: string }>("where a claim begins");
let database: TestDatabase;

test.before(async () => {
  database = await createDatabase();
  for (const worker of [WORKER, OTHER_WORKER]) await knowWorker(database.pool, worker);
  await database.pool.query("update steward.lanes set at_once = $1 where name = 'database'", [AT_ONCE]);
});
test.after(() => database.close());
test.before.each(async (context) => {
  const db = new pg.Client({ connectionString: database.ownerUrl });
  await db.connect();
  await db.query("delete from steward.steps");
  await db.query("delete from steward.pauses");
  await db.query("delete from graphile_worker._private_jobs");
  context.db = db;
  context.kind = await defineLifecycle(db, [{ name: "quick", lane: "database" }]);
});
test.after.each(({ db }) => db.end());

test("a claim reads none of what was claimed before it, also under a held snapshot", async ({ db, kind }) => {
  const holder = await database.pool.connect();
  try {
    await holder.query("begin");
    await holder.query("select pg_current_xact_id()");
    await startRuns(db, kind, DEAD);
    await db.query("update steward.steps set status = 'succeeded', is_backlog = false");
    await startRuns(db, kind, CROWD);
    assert.ok((await blocksOf(db, CLAIM)) > FEW_BLOCKS);
    await remember(db, "claimed", "database", "infinity");
    assert.ok((await blocksOf(db, CLAIM)) < FEW_BLOCKS);
    assert.is(await begun(db), 2 * AT_ONCE);
  } finally {
    await holder.query("rollback");
    holder.release();
  }
});

test("the steps of a backlog begin in their order, each once", async ({ db, kind }) => {
  await startRuns(db, kind, CROWD);
  const claimed: string[] = [];
  for (let n = 0; n < CROWD / AT_ONCE; n++) claimed.push(...(await claim(db)));
  const { rows } = await db.query<{ id: string }>("select id from steward.steps order by ready_at, id");
  assert.equal(
    claimed,
    rows.map(({ id }) => id),
  );
});

test("what came late is passed over, and found by the next look from the beginning", async ({ db, kind }) => {
  await startRuns(db, kind, CROWD);
  await claim(db);
  await remember(db, "claimed", "database", "infinity");
  const late = await makeLate(db);
  assert.not((await claim(db)).includes(late));
  await remember(db, "claimed", "database", "-infinity");
  assert.ok((await claim(db)).includes(late));
});

test("whoever comes to the end looks from the beginning at once", async ({ db, kind }) => {
  await startRuns(db, kind, CROWD);
  await claim(db);
  await remember(db, "claimed", "database", "infinity");
  const late = await makeLate(db);
  const claimed: string[] = [];
  for (let n = 2; n < CROWD / AT_ONCE; n++) claimed.push(...(await claim(db)));
  assert.not(claimed.includes(late));
  const last = await claim(db);
  assert.is(last.length, AT_ONCE);
  assert.ok(last.includes(late));
});

test("a claim that was undone is claimed again", async ({ db, kind }) => {
  await startRuns(db, kind, CROWD);
  await claim(db);
  await remember(db, "claimed", "database", "infinity");
  await db.query("begin");
  const undone = await claim(db);
  await db.query("rollback");
  assert.equal(await claim(db), undone);
});

test("another worker on the same connection, and one whose clock was set back, look from the beginning", async ({
  db,
  kind,
}) => {
  await startRuns(db, kind, CROWD);
  await claim(db);
  await remember(db, "claimed", "database", "infinity");
  const late = await makeLate(db);
  assert.ok((await claim(db, OTHER_WORKER)).includes(late));
  const later = await makeLate(db);
  await remember(db, "claimed", "database", "infinity", "infinity");
  assert.ok((await claim(db, OTHER_WORKER)).includes(later));
});

test("a burst of single steps goes on where it was too, and misses none", async ({ db, kind }) => {
  for (let n = 0; n < 2 * AT_ONCE + 1; n++) await startRuns(db, kind, 1);
  const take = async () =>
    (await db.query<{ step_id: string }>("select step_id from steward_private.take_jobs('database', 0, $1)", [WORKER]))
      .rows;
  assert.is((await take()).length, AT_ONCE);
  await remember(db, "looks", "database", "infinity");
  await db.query(
    "update graphile_worker._private_jobs set run_at = run_at - interval '1 hour' where id = (select max(id) from graphile_worker._private_jobs)",
  );
  assert.is((await take()).length, AT_ONCE);
  assert.is((await take()).length, 1);
});

test("what was paused since the last look keeps nothing else from beginning", async ({ db, kind }) => {
  const other = await defineLifecycle(db, [{ name: "other", lane: "database" }]);
  await startRuns(db, kind, CROWD);
  await startRuns(db, other, CROWD);
  assert.equal(await tasksOf(db, await claim(db)), ["quick"]);
  await remember(db, "claimed", "database", "infinity");
  await db.query("insert into steward.pauses (what, name, paused_by) values ('task', 'quick', 'a test')");
  await claim(db); // of what it saw before the pause: nothing begins
  assert.equal(await tasksOf(db, await claim(db)), ["other"]);
  await db.query("delete from steward.pauses");
  await remember(db, "claimed", "database", "-infinity");
  assert.equal(await tasksOf(db, await claim(db)), ["quick"]);
});

test("a session remembers few lanes, however many it serves", async ({ db, kind }) => {
  await db.query("insert into steward.lanes (name, at_once) select 'lane ' || n, 1 from generate_series(1, $1) n", [
    CROWD,
  ]);
  await startRuns(db, kind, CROWD);
  await db.query(
    "update steward.steps set lane = 'lane ' || n from (select id, row_number() over () as n from steward.steps) s where steps.id = s.id",
  );
  for (let n = 1; n <= CROWD; n++) {
    const lane = `lane ${n}`;
    assert.is((await claim(db, WORKER, lane)).length, 1);
    await db.query("select steward_private.take_jobs($1, 0, $2)", [lane, WORKER]);
  }
  const { rows } = await db.query<{ claimed: object; looks: object }>(
    "select current_setting('steward.claimed')::json as claimed, current_setting('steward.looks')::json as looks",
  );
  for (const seen of [rows[0]?.claimed, rows[0]?.looks]) assert.ok(Object.keys(seen ?? {}).length <= FEW_LANES);
});

test.run();

const CLAIM = `select * from steward_private.claim_steps('database', 0, ${WORKER})`;

async function claim(db: pg.Client, worker = WORKER, lane = "database"): Promise<string[]> {
  const { rows } = await db.query<{ step_id: string }>(
    "select step_id from steward_private.claim_steps($2, 0, $1) order by step_id",
    [worker, lane],
  );
  return rows.map(({ step_id: id }) => id);
}

async function tasksOf(db: pg.Client, stepIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ task: string }>("select distinct task from steward.steps where id = any ($1)", [
    stepIds,
  ]);
  return rows.map(({ task }) => task);
}

/** What a session remembers of its last look is good from and until then. */
async function remember(db: pg.Client, what: string, of: string, until: string, since = "-infinity"): Promise<void> {
  const { rows } = await db.query<{ seen: Record<string, object> }>(
    "select current_setting('steward.' || $1::text)::json as seen",
    [what],
  );
  const seen = { ...rows[0]?.seen, [of]: { ...rows[0]?.seen[of], claims: MANY, since, until } };
  await db.query("select set_config('steward.' || $1::text, $2, false)", [what, JSON.stringify(seen)]);
}

/** The last step of the backlog becomes its first. */
async function makeLate(db: pg.Client): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    "update steward.steps set ready_at = now() - $1::interval where id = (select max(id) from steward.steps where is_backlog) returning id",
    [`${1 + Math.random()} hours`],
  );
  return rows[0]?.id ?? "";
}

async function begun(db: pg.Client): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    "select count(*)::int as n from steward.steps where status = 'running'",
  );
  return rows[0]?.n ?? 0;
}
