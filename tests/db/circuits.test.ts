// The circuit of a lane: one step probes at a time, and a probe that ends without a word holds nobody up.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import {
  begin,
  defineLifecycle,
  fail,
  knowWorker,
  makeDue,
  mustBegin,
  startRun,
  stepOf,
  violations,
} from "../helpers/lifecycle.ts";

const WORKER = 1;
const test = suite("circuits");
let database: TestDatabase;
let db: pg.Pool;
let kind: string;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  await knowWorker(db, WORKER);
  kind = await defineLifecycle(db, [{ name: "call", lane: "drive" }]);
});
test.after(() => database.close());
test.before.each(async () => {
  await db.query("select steward_private.cancel_runs(array(select id from steward.runs))");
  await db.query(
    `update steward.lanes
     set open_until = now() - interval '1 second', probe_until = null, error_code = 'ST501', error_message = 'It is down.'
     where name = 'drive'`,
  );
});

test("while one step probes, the others wait in the backlog with the reason", async () => {
  const [probe, ...others] = await Promise.all(Array.from({ length: 4 }, call));
  assert.ok(await begin(db, probe ?? "", WORKER));
  for (const step of others) assert.is(await begin(db, step, WORKER), undefined);
  const { rows } = await db.query(
    "select distinct status, is_backlog, attempts, error_code from steward.steps where id = any ($1)",
    [others],
  );
  assert.equal(rows, [{ status: "retrying", is_backlog: true, attempts: 0, error_code: "ST501" }]);
  assert.is(await claim(), undefined);
});

test("a probe that ended without a word about the provider is followed by another", async () => {
  const probe = await call();
  const next = await call();
  assert.ok(await begin(db, probe, WORKER));
  assert.is(await begin(db, next, WORKER), undefined);
  await db.query("select steward_private.suspend_runs(array(select run_id from steward.steps where id = $1))", [probe]);
  assert.is(await waitFor(claim, { what: "another probe" }), next);
});

test("a probe that ends with an error of our own, which says nothing of the provider, leaves the circuit open for another", async () => {
  for (const outcome of ["later", "never"] as const) {
    const [probe, next] = [await call(), await call()];
    await fail(db, await mustBegin(db, probe, WORKER), outcome); // with ST403
    assert.ok((await db.query("select from steward.lanes where name = 'drive' and open_until is not null")).rowCount);
    await fail(db, await mustBegin(db, next, WORKER), "defer");
  }
});

test("a probe that the provider refused has shown that it is there", async () => {
  const { step_id, lease } = await mustBegin(db, await call(), WORKER);
  await db.query("select steward_private.fail_step($1, $2, 'never', 'ST506', 'Refused.')", [step_id, lease]);
  assert.ok((await db.query("select from steward.lanes where name = 'drive' and open_until is null")).rowCount);
});

test("a probe that nobody could take is given back", async () => {
  const held = await call();
  await db.query("update steward.runs set status = 'suspended'");
  assert.is(await begin(db, held, WORKER), undefined);
  const step = await call();
  assert.ok(await begin(db, step, WORKER));
});

test("nothing of all this broke a promise", async () => assert.equal(await violations(db), []));

/** Starts a run and returns its step, which is due. */
async function call(): Promise<string> {
  const { id } = await stepOf(db, await startRun(db, kind), "call");
  await makeDue(db, id);
  return id;
}

async function claim(): Promise<string | undefined> {
  const { rows } = await db.query<{ step_id: string }>(
    "select step_id from steward_private.claim_steps('drive', 0, $1)",
    [WORKER],
  );
  return rows[0]?.step_id;
}

test.run();
