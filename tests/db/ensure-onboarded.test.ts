// ensureOnboarded: a login completes what is missing, at once or with the worker that is at it, and is never failed by it.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asUser, waitFor } from "../helpers/database.ts";
import {
  ALL,
  counts,
  database,
  type Ensured,
  ensure,
  ensureAs,
  failForGood,
  failure,
  insert,
  insertBare,
  MODEL,
  onboard,
  openDatabase,
  rows,
  signUp,
  succeed,
  withoutTemplate,
} from "../helpers/onboarding.ts";

const FROM_STEPS =
  "from steward.steps s join steward.runs r on r.id = s.run_id where r.owner_id = $1 and s.name = 'onboard'";

const test = suite("ensureOnboarded");

test.before(openDatabase);
test.after(() => database.close());

test("does not wait for whoever holds the user, but says to ask again", async () => {
  const id = await signUp();
  const other = await database.pool.connect();
  try {
    await other.query("begin");
    await other.query("select from app_public.users where id = $1 for update", [id]);
    const outcome = await ensure(id);
    assert.equal(outcome?.missing, ALL);
    assert.ok((outcome?.retry_ms ?? 0) > 0);
  } finally {
    await other.query("rollback");
    other.release();
  }
  assert.equal((await ensure(id))?.missing, []);
});

test("done in the call itself when no worker is there, and the step ends as succeeded", async () => {
  const id = await signUp();
  const outcome = await ensure(id);
  assert.equal(outcome?.missing, []);
  assert.is(outcome?.retry_ms, null);
  assert.is(outcome?.run_status, "running");
  assert.equal(await counts(id), { spaces: 1, notebooks: 1, documents: 3, agents: 1, made: 6 });
  assert.equal(await steps(id), { onboard: "succeeded", drive_account: "queued", drive_cleanup: "waiting" });
  assert.equal(await rows("select status, done, failed from steward.runs where owner_id = $1", [id]), [
    { status: "running", done: 1, failed: 0 },
  ]);
});

test("twenty at once make nothing twice, and all answers agree", async () => {
  const id = await signUp();
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => ensureUntilDone(id)));
  assert.ok(outcomes.every((outcome) => outcome?.missing.length === 0));
  assert.equal(await counts(id), { spaces: 1, notebooks: 1, documents: 3, agents: 1, made: 6 });
  assert.equal(await rows("select done, failed from steward.runs where owner_id = $1", [id]), [{ done: 1, failed: 0 }]);
});

test("leaves the step to the worker that has it, and says to ask again", async () => {
  const id = await signUp();
  const worker = await insert(
    "insert into steward_private.workers (pool_id, host, pid, uses_lock) values ('p', 'h', 1, false) returning id",
    [],
  );
  const [begun] = await rows<{ step_id: string; lease: number }>(
    `select b.step_id, b.lease from steward.steps s join steward.runs r on r.id = s.run_id, steward_private.begin_jobs(array[s.id], $2) b
     where r.owner_id = $1 and s.name = 'onboard'`,
    [id, worker],
  );
  const outcome = await ensure(id);
  assert.equal(outcome?.missing, ALL);
  assert.ok((outcome?.retry_ms ?? 0) > 0);
  await onboard(id);
  await database.pool.query("select steward_private.succeed_steps($1, $2)", [[begun?.step_id], [begun?.lease]]);
  const later = await ensure(id);
  assert.equal(later?.missing, []);
  assert.is(later?.retry_ms, null);
});

test("waits for a run that is locked for a moment, and says to ask again when it takes longer", async () => {
  const id = await signUp();
  const other = await database.pool.connect();
  try {
    await other.query("begin");
    await other.query("select from steward.runs where owner_id = $1 for no key update", [id]);
    const outcome = await ensure(id);
    assert.ok((outcome?.retry_ms ?? 0) > 0);
    const later = ensure(id);
    await other.query("commit");
    assert.equal((await later)?.missing, []);
  } finally {
    other.release();
  }
});

test("a fault fails no login, uses up no attempt, is told, and is over when it is mended", async () => {
  const id = await signUp();
  await withoutTemplate("Welcome", async () => {
    for (let login = 0; login < 5; login++) {
      const outcome = await ensure(id);
      assert.equal(outcome?.missing, ALL);
      assert.is(outcome?.error_code, "ST220");
      assert.match(outcome?.error_message ?? "", /Welcome/);
      assert.is(outcome?.retry_ms, null);
    }
    assert.equal(await rows(`select s.status, s.attempts, s.error_code ${FROM_STEPS}`, [id]), [
      { status: "retrying", attempts: 0, error_code: "ST220" },
    ]);
    const [jobs] = await rows(
      "select count(*)::int as jobs from graphile_worker.jobs j join steward.steps s on j.key = 'step:' || s.id join steward.runs r on r.id = s.run_id where r.owner_id = $1 and s.name = 'onboard'",
      [id],
    );
    assert.equal(jobs, { jobs: 1 });
  });
  assert.equal((await ensure(id))?.missing, []);
  assert.equal(await rows(`select s.status, s.error_code ${FROM_STEPS}`, [id]), [
    { status: "succeeded", error_code: null },
  ]);
});

test("internals stay inside", async () => {
  const id = await signUp();
  await database.pool.query(
    "alter table app_public.documents add constraint secret_internal check (title <> 'Welcome') not valid",
  );
  try {
    const outcome = await ensure(id);
    assert.is(outcome?.error_code, "ST403");
    assert.not.match(outcome?.error_message ?? "", /secret_internal/);
  } finally {
    await database.pool.query("alter table app_public.documents drop constraint secret_internal");
  }
});

test("a hung statement is cancelled at the time limit, and the login still gets its answer", async () => {
  const id = await signUp();
  await database.pool.query(
    `create function app_private.tg_test__hang() returns trigger language plpgsql as 'begin perform pg_sleep(60); return new; end';
     create trigger hang before insert on app_public.agents for each row execute function app_private.tg_test__hang()`,
  );
  const started = performance.now();
  const outcome = await ensure(id, 500).finally(() =>
    database.pool.query("drop trigger hang on app_public.agents; drop function app_private.tg_test__hang()"),
  );
  assert.ok(performance.now() - started < 3_000);
  assert.is(outcome?.error_code, "ST401");
  assert.equal(outcome?.missing, ALL);
  assert.equal((await ensure(id))?.missing, []);
});

test("a client that goes away leaves nothing behind", async () => {
  const id = await signUp();
  const lock = await database.pool.connect();
  try {
    await lock.query("begin; lock table app_private.document_templates in access exclusive mode");
    const client = await database.pool.connect();
    const pid = (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid;
    const asked = failure(client.query("select * from app_public.ensure_onboarded_now($1, $2)", [MODEL, id]));
    await waitFor(async () => (await rows("select from pg_locks where pid = $1 and not granted", [pid])).length > 0);
    await database.pool.query("select pg_cancel_backend($1)", [pid]);
    assert.is((await asked).code, "57014");
    client.release();
  } finally {
    await lock.query("rollback");
    lock.release();
  }
  assert.equal(await rows(`select s.status, s.attempts, s.error_code ${FROM_STEPS}`, [id]), [
    { status: "queued", attempts: 0, error_code: null },
  ]);
});

test("a step that failed for good is taken up again, in an open run as in a failed one", async () => {
  for (const ended of [false, true]) {
    const id = await signUp();
    if (ended) await succeed(id, "drive_account", "drive_cleanup");
    await failForGood(id);
    assert.is((await steps(id))["onboard"], "failed");
    assert.equal((await ensure(id))?.missing, []);
    if (!ended) await succeed(id, "drive_account", "drive_cleanup");
    assert.equal(
      await rows("select status, done, total, failed, error_code from steward.runs where owner_id = $1", [id]),
      [{ status: "succeeded", done: 3, total: 3, failed: 0, error_code: null }],
    );
  }
});

test("a cancelled run stays cancelled, but the user gets their resources", async () => {
  const id = await signUp();
  await database.pool.query(
    "select steward_private.cancel_runs(array(select id from steward.runs where owner_id = $1))",
    [id],
  );
  const outcome = await ensure(id);
  assert.equal(outcome?.missing, []);
  assert.is(outcome?.run_status, "cancelled");
});

test("a user from before there were runs gets credits, type, resources and a run", async () => {
  const id = await insertBare();
  const outcome = await ensure(id);
  assert.equal(outcome?.missing, []);
  assert.is(outcome?.run_status, "running");
  assert.equal(
    await rows(
      "select c.balance, t.name from app_public.user_credits c join app_public.user_type_assignments a using (user_id) join app_public.user_types t on t.id = a.user_type_id where user_id = $1",
      [id],
    ),
    [{ balance: 100, name: "Normal HR" }],
  );
});

test("for oneself only; for anybody as an admin; no row for nobody", async () => {
  const [ada, bob] = [await signUp(), await signUp()];
  assert.is((await failure(ensureAs(ada, "user", bob))).code, "ST102");
  assert.equal((await ensureAs(ada, "user"))?.missing, []);
  assert.equal((await ensureAs(ada, "admin", bob))?.missing, []);
  assert.is(await ensureAs("8b1f1f52-0000-4000-8000-000000000000", "user"), undefined);
});

test("currentUser.onboarding shows the run, its steps and what is missing", async () => {
  const id = await signUp();
  const show = () =>
    asUser(database.apiPool, id, "user", async (client) => {
      const { rows: found } = await client.query("select (app_public.users_onboarding(u)).* from app_public.users u");
      return found[0];
    });
  const { started_at, duration_ms, ...before } = await show();
  assert.instance(started_at, Date);
  assert.ok(duration_ms >= 0);
  assert.equal(before, {
    status: "pending",
    steps_done: 0,
    steps_total: 3,
    finished_at: null,
    missing: ALL,
    error_code: null,
    error_message: null,
  });
  await ensure(id);
  await succeed(id, "drive_account", "drive_cleanup");
  const after = await show();
  assert.equal([after.status, after.steps_done, after.missing], ["succeeded", 3, []]);
  assert.ok(Math.abs(after.duration_ms - (after.finished_at - after.started_at)) < 2);
});

function ensureUntilDone(id: string): Promise<Ensured | undefined> {
  return waitFor(async () => {
    const outcome = await ensure(id);
    return outcome?.retry_ms === null ? outcome : undefined;
  });
}

async function steps(id: string): Promise<Record<string, string>> {
  const found = await rows<{ name: string; status: string }>(
    "select s.name, s.status from steward.steps s join steward.runs r on r.id = s.run_id where r.owner_id = $1",
    [id],
  );
  return Object.fromEntries(found.map(({ name, status }) => [name, status]));
}

test.run();
