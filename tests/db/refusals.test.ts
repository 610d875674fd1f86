// A service that refuses what one worker signs in with: workers with the same leave its lane alone for a while, others go on.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import {
  begin,
  defineLifecycle,
  fail,
  knowWorker,
  makeDue,
  mustBegin,
  startRun,
  stepOf,
  succeed,
} from "../helpers/lifecycle.ts";

const [STALE, ALSO_STALE, RIGHT] = [901, 902, 903];
const test = suite("refusals");
let database: TestDatabase;
let db: pg.Pool;
let kind: string;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  kind = await defineLifecycle(db, [{ name: "call", lane: "drive" }]);
  for (const worker of [STALE, ALSO_STALE]) await join(worker, "old");
  await join(RIGHT, "new");
});
test.after(() => database.close());

test("the circuit stays closed while a worker has other credentials, and only those with the same wait", async () => {
  const id = await newStep();
  const begun = await mustBegin(db, id, STALE);
  assert.equal(await refuse(id), { outcome: "defer", lane_wait_ms: null });
  await fail(db, begun, "defer");
  assert.is(await openLanes(), 0);
  const { rows } = await db.query("select lane, credentials, times, host, pid, error_code from steward.refusals");
  assert.equal(rows, [{ lane: "drive", credentials: "old", times: 1, host: "test", pid: 0, error_code: "ST506" }]);

  await makeDue(db, id);
  for (const worker of [STALE, ALSO_STALE]) assert.is(await begin(db, id, worker), undefined);
  assert.not.ok((await dueLanes(ALSO_STALE)).includes("drive"));
  assert.ok((await dueLanes(RIGHT)).includes("drive"));
  const { code, explanation } = await explain(id);
  assert.is.not(code, "refused");
  assert.match(
    explanation,
    /refused what process 0 at test signs in with, since .+ST506: Refused.+Correct.+other credentials go on/,
  );
  await succeed(db, await mustBegin(db, id, RIGHT));
  assert.is(await refusals(), 1);
});

test("when its time is over one step asks again for all with the same; what it brings about counts for all of them", async () => {
  await db.query("update steward.refusals set open_until = now()");
  const [first, second] = [await newStep(), await newStep()];
  const begun = await mustBegin(db, first, STALE);
  assert.is(await begin(db, second, ALSO_STALE), undefined);
  await succeed(db, begun);
  assert.is(await refusals(), 0);
  await succeed(db, await mustBegin(db, second, ALSO_STALE));
});

test("without a worker that has others the circuit is told, until one comes", async () => {
  await db.query("delete from steward_private.workers where id = $1", [RIGHT]);
  const id = await newStep();
  const begun = await mustBegin(db, id, STALE);
  const { outcome, lane_wait_ms: waitMs } = await refuse(id, 300_000);
  assert.is(outcome, "wait");
  assert.ok(waitMs !== null && waitMs > 299_000 && waitMs <= 300_000);
  await fail(db, begun, "wait", waitMs);
  // As fail() records it; a worker gives the refusal's own code.
  await db.query("update steward.lanes set error_code = 'ST506' where name = 'drive'");
  await db.query("update steward.steps set error_code = 'ST506' where id = $1", [id]);
  assert.is(await openLanes(), 1);
  const { explanation, ...why } = await explain(id);
  assert.equal(why, { code: "refused", who: "operator" });
  assert.match(explanation, /process 0 at test.+Correct the settings/);
  await join(ALSO_STALE, "old");
  assert.is(await openLanes(), 1);
  // As when workers are restarted: the old ones are gone when one with the right ones comes. What waits for them is due at once.
  await db.query("delete from steward_private.workers where id = any ($1)", [[STALE, ALSO_STALE]]);
  await join(RIGHT, "new");
  assert.is(await openLanes(), 0);
  await succeed(db, await mustBegin(db, id, RIGHT));
  // Nobody has the old ones any more.
  await join(STALE, "new");
  await join(ALSO_STALE, "new");
  assert.is(await refusals(), 0);
});

test.run();

async function join(worker: number, credentials: string): Promise<void> {
  await knowWorker(db, worker);
  await db.query("select steward_private.tell_credentials($1, $2)", [worker, { drive: credentials }]);
}

async function newStep(): Promise<string> {
  return (await stepOf(db, await startRun(db, kind), "call")).id;
}

async function refuse(stepId: string, waitMs: number | null = null) {
  const text = "select * from steward_private.note_refusal($1, 'ST506', 'Refused.', $2)";
  const { rows } = await db.query<{ outcome: string; lane_wait_ms: number | null }>(text, [stepId, waitMs]);
  return rows[0] ?? { outcome: "none", lane_wait_ms: null };
}

async function explain(stepId: string) {
  const { rows } = await db.query<{ code: string; who: string; explanation: string }>(
    "select e.* from steward.steps s cross join steward.explain_run(s.run_id) e where s.id = $1",
    [stepId],
  );
  return rows[0] ?? { code: "", who: "", explanation: "" };
}

async function dueLanes(worker: number): Promise<string[]> {
  const { rows } = await db.query<{ lane: string }>("select steward_private.due_lanes($1) as lane", [worker]);
  return rows.map(({ lane }) => lane);
}

async function openLanes(): Promise<number> {
  return (await db.query("select from steward.lanes where open_until > clock_timestamp()")).rows.length;
}

async function refusals(): Promise<number> {
  return (await db.query("select from steward.refusals")).rows.length;
}
