// How many steps of a lane are at work at once: few to begin with, more while others wait and the service bears it, half when it fails.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import {
  type Begun,
  begin,
  defineLifecycle,
  fail,
  knowWorker,
  startRuns,
  stepsOf,
  succeed,
} from "../helpers/lifecycle.ts";

const WORKER = 1;
const test = suite("places");
let database: TestDatabase;
let db: pg.Pool;
let kind: string;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  kind = await defineLifecycle(db, [{ name: "call", lane: "drive" }]);
});
test.after(() => database.close());
test.before.each(async () => {
  // Made-up workers, none of whose attempts ends by itself.
  await db.query("truncate steward.steps, steward.runs, steward_private.workers");
  await db.query("update steward.lanes set places = 4, narrowed_at = null, failures = 0, open_until = null");
  await knowWorker(db, WORKER);
});

test("a lane begins with four; an end makes room for one", async () => {
  await startRuns(db, kind, 30);
  const begun = await claim();
  assert.is(begun.length, 4);
  assert.is((await claim(4)).length, 0);
  await succeed(db, ...begun.slice(0, 1));
  assert.is((await claim(3)).length, 1);
});

test("workers take a share each, so that those who ask at the same moment stay about within it", async () => {
  await knowWorker(db, WORKER + 1);
  await startRuns(db, kind, 30);
  assert.is((await claim()).length, 2);
  assert.is((await claim(0, WORKER + 1)).length, 1);
  assert.is((await claim(2)).length, 1);
  assert.is((await claim(3)).length, 0);
});

test("single steps that find no place wait in the backlog as they are, and get the first that is free", async () => {
  const steps = (await Promise.all((await startRuns(db, kind, 6)).map((run) => stepsOf(db, run)))).flat();
  const begun: Begun[] = [];
  for (const { id } of steps) begun.push(...[await begin(db, id, WORKER)].filter((one) => one !== undefined));
  assert.is(begun.length, 4);
  const { rows: held } = await db.query<{ id: string }>(
    "select id from steward.steps where is_backlog and status = 'queued' and attempts = 0 and error_code is null",
  );
  assert.is(held.length, 2);
  await startRuns(db, kind, 30);
  await succeed(db, ...begun.slice(0, 1));
  const [next] = await claim(3);
  assert.ok(held.some(({ id }) => id === next?.step_id));
});

test("it widens while others wait, twice as many a round; after trouble one more a round", async () => {
  await widen(4);
  assert.is(await places(), 4); // nobody waits
  await startRuns(db, kind, 100);
  await widen(4);
  assert.is(await places(), 8);
  await db.query("update steward.lanes set narrowed_at = now()");
  await widen(8);
  assert.is(Math.floor(await places()), 8);
  await widen(1);
  assert.is(Math.floor(await places()), 9);
  await widen(100_000);
  assert.is(await places(), 32); // at_once of its one worker
});

test("it narrows to half once for all that were under way together, when the service or the time fails them", async () => {
  await startRuns(db, kind, 30);
  const [a, b, c, d] = (await claim()) as [Begun, Begun, Begun, Begun];
  await fail(db, a, "later");
  await fail(db, b, "defer");
  assert.is(await places(), 4);
  await fail(db, c, "wait");
  await fail(db, d, "wait");
  assert.is(await places(), 2);
  const [late] = (await claim()) as [Begun];
  await db.query("select steward_private.fail_step($1, $2, 'later', 'ST401', 'Too late.')", [late.step_id, late.lease]);
  assert.is(await places(), 1);
});

test("who holds the lane's row holds up nobody's beginning, and no widening waits", async () => {
  await startRuns(db, kind, 30);
  const client = await db.connect();
  await client.query("begin");
  await client.query("select from steward.lanes for update");
  await db.query("set lock_timeout = '1s'");
  assert.is((await claim()).length, 4);
  await widen(4);
  await client.query("rollback");
  client.release();
  assert.is(await places(), 4);
});

test("a lane without places has no limit but at_once", async () => {
  await db.query("update steward.lanes set places = null where name = 'drive'");
  await startRuns(db, kind, 40);
  assert.is((await claim()).length, 32);
});

async function claim(inFlight = 0, worker = WORKER): Promise<Begun[]> {
  return (await db.query<Begun>("select * from steward_private.claim_steps('drive', $1, $2)", [inFlight, worker])).rows;
}

function widen(steps: number): Promise<unknown> {
  return db.query("select steward_private.widen_lanes('{drive}', array[$1::integer])", [steps]);
}

async function places(): Promise<number> {
  const { rows } = await db.query<{ places: string }>("select places from steward.lanes where name = 'drive'");
  return Number(rows[0]?.places);
}

test.run();
