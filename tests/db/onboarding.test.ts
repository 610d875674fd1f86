// Onboarding: piece by piece, once, repaired where it lacks something, never against what the user has done to it since.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asUser, createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";

const MODEL = "test-model";
const ALL = ["Personal", "Getting Started", "Welcome", "Quick Start Guide", "Sample FAQ", "Personal Assistant"];

const test = suite("onboarding");
let database: TestDatabase;
let count = 0;

test.before(async () => {
  database = await createDatabase();
});
test.after(() => database.close());

test("gives a space, a notebook, three documents and an agent who reads them", async () => {
  const id = await signUp();
  assert.equal(await missing(id), ALL);
  await onboard(id);
  assert.equal(await missing(id), []);
  const [book] = await rows(
    `select n.name, n.tags, n.visibility, n.description <> '' as described, s.kind, s.name as space
     from app_public.notebooks n join app_public.spaces s on s.id = n.space_id where s.owner_id = $1`,
    [id],
  );
  assert.equal(book, {
    name: "Getting Started",
    tags: ["welcome", "getting-started", "onboarding"],
    visibility: "private",
    described: true,
    kind: "personal",
    space: "Personal",
  });
  assert.equal(await agents(id), [
    {
      name: "Personal Assistant",
      type: "qa",
      model: MODEL,
      tags: ["default", "personal-assistant", "onboarding"],
      reads: ["Getting Started"],
    },
  ]);
});

test("the sample documents are real texts of the promised length, marked as samples", async () => {
  const id = await signUp();
  await onboard(id);
  const found = await rows<{ title: string; body: string; source: string; is_sample: boolean }>(
    `select d.title, d.body, d.source, d.is_sample ${FROM_DOCUMENTS}`,
    [id],
  );
  const lines = Object.fromEntries(found.map(({ title, body }) => [title, body.trimEnd().split("\n").length]));
  assert.ok(found.every(({ source, is_sample }) => source === "onboarding" && is_sample));
  assert.equal(Object.keys(lines).sort(), ["Quick Start Guide", "Sample FAQ", "Welcome"]);
  assert.ok(Math.abs((lines["Welcome"] ?? 0) - 40) <= 5);
  assert.ok(Math.abs((lines["Quick Start Guide"] ?? 0) - 40) <= 5);
  assert.ok(Math.abs((lines["Sample FAQ"] ?? 0) - 70) <= 5);
});

test("again, or for many at once, changes nothing that is there", async () => {
  const ids = [await signUp(), await signUp(), await signUp()];
  await onboard(ids[0] ?? "");
  const before = await counts(ids[0]);
  await onboard(...ids);
  await onboard(...ids);
  for (const id of ids) assert.equal(await counts(id), before);
});

test("many connections at once make nothing twice", async () => {
  const id = await signUp();
  await Promise.all(Array.from({ length: 8 }, () => onboard(id)));
  assert.equal(await counts(id), { spaces: 1, notebooks: 1, documents: 3, agents: 1, made: 6 });
});

test("a user who has the notebook but no documents gets just the documents and the agent", async () => {
  const id = await signUp();
  const space = await insert("insert into app_public.spaces (owner_id, name) values ($1, 'Mine') returning id", [id]);
  const book = await insert(
    "insert into app_public.notebooks (space_id, name, description) values ($1, 'Getting Started', 'old') returning id",
    [space],
  );
  await insert(
    "insert into app_public.documents (notebook_id, title, body) values ($1, 'Welcome', 'mine') returning id",
    [book],
  );
  assert.equal(await missing(id), ["Quick Start Guide", "Sample FAQ", "Personal Assistant"]);
  await onboard(id);
  assert.equal(await counts(id), { spaces: 1, notebooks: 1, documents: 3, agents: 1, made: 6 });
  assert.equal(await rows("select name, description from app_public.notebooks where id = $1", [book]), [
    { name: "Getting Started", description: "old" },
  ]);
  assert.equal(await rows(`select d.body ${FROM_DOCUMENTS} and d.title = 'Welcome'`, [id]), [{ body: "mine" }]);
});

test("an agent that was there is given the notebook", async () => {
  const id = await signUp();
  const space = await insert("insert into app_public.spaces (owner_id, name) values ($1, 'Mine') returning id", [id]);
  await insert(
    "insert into app_public.agents (space_id, name, type, model) values ($1, 'Personal Assistant', 'qa', 'old') returning id",
    [space],
  );
  await onboard(id);
  assert.equal(await agents(id), [
    { name: "Personal Assistant", type: "qa", model: "old", tags: [], reads: ["Getting Started"] },
  ]);
});

test("what was renamed or deleted on purpose is not forced back", async () => {
  const id = await signUp();
  await onboard(id);
  await database.pool.query(
    `with s as (update app_public.spaces set name = 'Home', kind = 'other' where owner_id = $1 returning id),
       n as (update app_public.notebooks set name = 'Mine' where space_id in (select id from s)),
       d as (delete from app_public.documents where title = 'Welcome' and notebook_id in (select n.id from app_public.notebooks n join s on n.space_id = s.id))
     delete from app_public.agents where space_id in (select id from s)`,
    [id],
  );
  await onboard(id);
  assert.equal(await missing(id), []);
  assert.equal(await counts(id), { spaces: 1, notebooks: 1, documents: 2, agents: 0, made: 6 });
});

test("a piece that comes later goes into the notebook that was renamed, but not into one that was deleted", async () => {
  const renamed = await signUp();
  const deleted = await signUp();
  await onboard(renamed, deleted);
  await database.pool.query(
    "update app_public.notebooks n set name = 'Mine' from app_public.spaces s where s.id = n.space_id and s.owner_id = $1",
    [renamed],
  );
  await database.pool.query(
    "delete from app_public.notebooks n using app_public.spaces s where s.id = n.space_id and s.owner_id = $1",
    [deleted],
  );
  await database.pool.query(
    `insert into app_private.onboarding_pieces (name, position, kind) values ('News', 7, 'document');
     insert into app_private.document_templates (title, body) values ('News', 'What is new.')`,
  );
  try {
    assert.equal(await missing(renamed), ["News"]);
    assert.equal(await missing(deleted), []);
    await onboard(renamed, deleted);
    assert.equal(await counts(renamed), { spaces: 1, notebooks: 1, documents: 4, agents: 1, made: 7 });
    assert.equal(await counts(deleted), { spaces: 1, notebooks: 0, documents: 0, agents: 1, made: 6 });
  } finally {
    await database.pool.query("delete from app_private.onboarding_pieces where name = 'News'");
  }
});

test("a missing template raises ST220 with the document's name, and nothing is half-written", async () => {
  const id = await signUp();
  await withoutTemplate("Quick Start Guide", async () => {
    const error = await failure(onboard(id));
    assert.is(error.code, "ST220");
    assert.match(error.message, /'Quick Start Guide'/);
    assert.equal(await counts(id), { spaces: 0, notebooks: 0, documents: 0, agents: 0, made: 0 });
  });
  await onboard(id);
  assert.equal(await missing(id), []);
});

test("a user deleted meanwhile is passed over", async () => {
  const gone = await signUp();
  const id = await signUp();
  await remove(gone);
  await onboard(gone, id);
  assert.equal(await missing(id), []);
});

test("it waits for a deletion that holds the user, and passes over who is gone by then", async () => {
  const id = await signUp();
  const other = await database.pool.connect();
  try {
    await other.query("begin");
    await other.query("delete from app_public.users where id = $1", [id]);
    const onboarding = onboard(id);
    await waitFor(async () => (await rows("select from pg_locks where not granted")).length > 0);
    await other.query("commit");
    await onboarding;
  } finally {
    other.release();
  }
  assert.equal(await counts(id), { spaces: 0, notebooks: 0, documents: 0, agents: 0, made: 0 });
});

test("ensureOnboarded: does not wait for whoever holds the user, but says to ask again", async () => {
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

test("ensureOnboarded: done in the call itself when no worker is there, and the step ends as succeeded", async () => {
  const id = await signUp();
  const outcome = await ensure(id);
  assert.equal(outcome?.missing, []);
  assert.is(outcome?.retry_ms, null);
  assert.is(outcome?.run_status, "running");
  assert.equal(await counts(id), { spaces: 1, notebooks: 1, documents: 3, agents: 1, made: 6 });
  assert.equal(await steps(id), { onboard: "succeeded", drive_account: "queued", drive_cleanup: "waiting" });
  assert.equal(await rows("select status, done, failed from app_public.runs where owner_id = $1", [id]), [
    { status: "running", done: 1, failed: 0 },
  ]);
});

test("ensureOnboarded: twenty at once make nothing twice, and all answers agree", async () => {
  const id = await signUp();
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => ensureUntilDone(id)));
  assert.ok(outcomes.every((outcome) => outcome?.missing.length === 0));
  assert.equal(await counts(id), { spaces: 1, notebooks: 1, documents: 3, agents: 1, made: 6 });
  assert.equal(await rows("select done, failed from app_public.runs where owner_id = $1", [id]), [
    { done: 1, failed: 0 },
  ]);
});

test("ensureOnboarded: leaves the step to the worker that has it, and says to ask again", async () => {
  const id = await signUp();
  const worker = await insert(
    "insert into app_private.workers (pool_id, host, pid, uses_lock) values ('p', 'h', 1, false) returning id",
    [],
  );
  const [begun] = await rows<{ step_id: string; lease: number }>(
    `select b.step_id, b.lease from app_public.steps s join app_public.runs r on r.id = s.run_id, app_private.begin_step(s.id, $2) b
     where r.owner_id = $1 and s.name = 'onboard'`,
    [id, worker],
  );
  const outcome = await ensure(id);
  assert.equal(outcome?.missing, ALL);
  assert.ok((outcome?.retry_ms ?? 0) > 0);
  await onboard(id);
  await database.pool.query("select app_private.succeed_steps($1, $2)", [[begun?.step_id], [begun?.lease]]);
  const later = await ensure(id);
  assert.equal(later?.missing, []);
  assert.is(later?.retry_ms, null);
});

test("ensureOnboarded: waits for a run that is locked for a moment, and says to ask again when it takes longer", async () => {
  const id = await signUp();
  const other = await database.pool.connect();
  try {
    await other.query("begin");
    await other.query("select from app_public.runs where owner_id = $1 for no key update", [id]);
    const outcome = await ensure(id);
    assert.ok((outcome?.retry_ms ?? 0) > 0);
    const later = ensure(id);
    await other.query("commit");
    assert.equal((await later)?.missing, []);
  } finally {
    other.release();
  }
});

test("ensureOnboarded: a fault fails no login, uses up no attempt, is told, and is over when it is mended", async () => {
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
      "select count(*)::int as jobs from graphile_worker.jobs j join app_public.steps s on j.key = 'step:' || s.id join app_public.runs r on r.id = s.run_id where r.owner_id = $1 and s.name = 'onboard'",
      [id],
    );
    assert.equal(jobs, { jobs: 1 });
  });
  assert.equal((await ensure(id))?.missing, []);
  assert.equal(await rows(`select s.status, s.error_code ${FROM_STEPS}`, [id]), [
    { status: "succeeded", error_code: null },
  ]);
});

test("ensureOnboarded: internals stay inside", async () => {
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

test("ensureOnboarded: a hung statement is cancelled at the time limit, and the login still gets its answer", async () => {
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

test("ensureOnboarded: a client that goes away leaves nothing behind", async () => {
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

test("ensureOnboarded: a step that failed for good is taken up again, in an open run as in a failed one", async () => {
  for (const ended of [false, true]) {
    const id = await signUp();
    if (ended) await succeed(id, "drive_account", "drive_cleanup");
    await failForGood(id);
    assert.is((await steps(id))["onboard"], "failed");
    assert.equal((await ensure(id))?.missing, []);
    if (!ended) await succeed(id, "drive_account", "drive_cleanup");
    assert.equal(
      await rows("select status, done, total, failed, error_code from app_public.runs where owner_id = $1", [id]),
      [{ status: "succeeded", done: 3, total: 3, failed: 0, error_code: null }],
    );
  }
});

test("ensureOnboarded: a cancelled run stays cancelled, but the user gets their resources", async () => {
  const id = await signUp();
  await database.pool.query(
    "select app_private.cancel_runs(array(select id from app_public.runs where owner_id = $1))",
    [id],
  );
  const outcome = await ensure(id);
  assert.equal(outcome?.missing, []);
  assert.is(outcome?.run_status, "cancelled");
});

test("ensureOnboarded: a user from before there were runs gets credits, type, resources and a run", async () => {
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

test("ensureOnboarded: for oneself only; for anybody as an admin; no row for nobody", async () => {
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

test("triggerOnboarding: starts what is lacking, retries what failed, leaves what is open or complete", async () => {
  await database.pool.query("truncate app_public.users cascade");
  const bare = await insertBare();
  const failed = await signUp();
  await succeed(failed, "drive_account", "drive_cleanup");
  await failForGood(failed);
  const open = await signUp();
  const cancelled = await signUp();
  await database.pool.query(
    "select app_private.cancel_runs(array(select id from app_public.runs where owner_id = $1))",
    [cancelled],
  );
  const complete = await signUp();
  await completeSignup(complete);

  const outcome = await trigger();
  assert.equal(outcome, { run_id: null, runs: 2, has_more: false });
  assert.is((await runStatuses(bare)).join(), "pending");
  assert.is((await runStatuses(failed)).join(), "running");
  assert.is((await runStatuses(open)).join(), "pending");
  assert.is((await runStatuses(cancelled)).join(), "cancelled");
  assert.is((await runStatuses(complete)).join(), "succeeded");
  assert.equal(await trigger(), { run_id: null, runs: 0, has_more: false });
  assert.is((await trigger(cancelled))?.runs, 1);
  assert.is((await trigger(cancelled))?.runs, 0);
  assert.is((await trigger(complete))?.runs, 0);
});

test("triggerOnboarding: a user who lacks a piece although their run succeeded gets a new run", async () => {
  const id = await signUp();
  await completeSignup(id);
  await database.pool.query("delete from app_private.onboarding_made where user_id = $1 and piece = 'Sample FAQ'", [
    id,
  ]);
  await database.pool.query(
    "delete from app_public.documents d using app_public.notebooks n, app_public.spaces s where n.id = d.notebook_id and s.id = n.space_id and s.owner_id = $1 and d.title = 'Sample FAQ'",
    [id],
  );
  assert.is((await trigger(id))?.runs, 1);
  assert.equal((await ensure(id))?.missing, []);
  assert.equal(await runStatuses(id), ["succeeded", "running"]);
});

test("triggerOnboarding: for admins only; ST207 for nobody", async () => {
  const id = await signUp();
  const refused = await failure(
    asUser(database.apiPool, id, "user", (client) => client.query("select app_public.trigger_onboarding($1)", [id])),
  );
  assert.is(refused.code, "42501");
  assert.is((await failure(trigger("8b1f1f52-0000-4000-8000-000000000000"))).code, "ST207");
});

interface Ensured {
  run_id: string | null;
  run_status: string | null;
  missing: string[];
  error_code: string | null;
  error_message: string | null;
  retry_ms: number | null;
}

const OF_USER = "join app_public.spaces s on s.id = space_id where s.owner_id = $1";
const FROM_DOCUMENTS = `from app_public.documents d join app_public.notebooks n on n.id = d.notebook_id ${OF_USER}`;
const FROM_STEPS =
  "from app_public.steps s join app_public.runs r on r.id = s.run_id where r.owner_id = $1 and s.name = 'onboard'";

async function rows<Row extends object = Record<string, unknown>>(
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return (await database.pool.query<Row>(text, values)).rows;
}

async function insert(text: string, values: unknown[]): Promise<string> {
  const [row] = await rows<{ id: string }>(text, values);
  return row?.id ?? "";
}

function signUp(): Promise<string> {
  return insert("insert into app_public.users (username) values ($1) returning id", [`user ${count++}`]);
}

/** As before there were triggers. */
async function insertBare(): Promise<string> {
  const id = await insert("with t as (select gen_random_uuid() as id) select id from t", []);
  await database.pool.query(
    `alter table app_public.users disable trigger user; insert into app_public.users (id, username) values ('${id}', 'bare ${count++}'); alter table app_public.users enable trigger user`,
  );
  return id;
}

/** Deletes the row as one that is gone for the reader: only onboarding is under test here. */
async function remove(id: string): Promise<void> {
  await database.pool.query(
    `alter table app_public.users disable trigger user; delete from app_public.users where id = '${id}'; alter table app_public.users enable trigger user`,
  );
}

async function onboard(...ids: string[]): Promise<void> {
  await database.pool.query("select app_private.onboard_users($1, $2)", [ids, MODEL]);
}

async function missing(id: string): Promise<string[]> {
  const [row] = await rows<{ missing: string[] }>("select app_private.onboarding_missing($1) as missing", [id]);
  return row?.missing ?? [];
}

async function counts(id: string | undefined): Promise<unknown> {
  const [row] = await rows(
    `select (select count(*)::int from app_public.spaces where owner_id = $1) as spaces,
       (select count(*)::int from app_public.notebooks n ${OF_USER}) as notebooks,
       (select count(*)::int ${FROM_DOCUMENTS}) as documents,
       (select count(*)::int from app_public.agents a ${OF_USER}) as agents,
       (select count(*)::int from app_private.onboarding_made where user_id = $1) as made`,
    [id],
  );
  return row;
}

function agents(id: string): Promise<object[]> {
  return rows(
    `select a.name, a.type, a.model, a.tags, array(
       select n.name from app_public.agent_notebooks r join app_public.notebooks n on n.id = r.notebook_id where r.agent_id = a.id
     ) as reads from app_public.agents a ${OF_USER}`,
    [id],
  );
}

/** As the server does it for the user themself. */
function ensure(id: string, timeoutMs = 10_000): Promise<Ensured | undefined> {
  return ensureAs(id, "user", undefined, timeoutMs);
}

function ensureAs(sub: string, role: "user" | "admin", id?: string, timeoutMs = 10_000): Promise<Ensured | undefined> {
  return asUser(database.apiPool, sub, role, async (client) => {
    await client.query(`set local statement_timeout = ${timeoutMs}`);
    const { rows: found } = await client.query<Ensured>("select * from app_public.ensure_onboarded_now($1, $2)", [
      MODEL,
      id,
    ]);
    return found[0];
  });
}

function ensureUntilDone(id: string): Promise<Ensured | undefined> {
  return waitFor(async () => {
    const outcome = await ensure(id);
    return outcome?.retry_ms === null ? outcome : undefined;
  });
}

function trigger(id?: string): Promise<object & { runs: number }> {
  return asUser(database.apiPool, "", "admin", async (client) => {
    const { rows: found } = await client.query("select * from app_public.trigger_onboarding($1)", [id]);
    return found[0];
  });
}

async function steps(id: string): Promise<Record<string, string>> {
  const found = await rows<{ name: string; status: string }>(
    "select s.name, s.status from app_public.steps s join app_public.runs r on r.id = s.run_id where r.owner_id = $1",
    [id],
  );
  return Object.fromEntries(found.map(({ name, status }) => [name, status]));
}

async function runStatuses(id: string): Promise<string[]> {
  const found = await rows<{ status: string }>(
    "select status from app_public.runs where owner_id = $1 order by created_at",
    [id],
  );
  return found.map(({ status }) => status);
}

async function begin(id: string, name: string): Promise<{ step_id: string; lease: number } | undefined> {
  const [begun] = await rows<{ step_id: string; lease: number }>(
    `select b.step_id, b.lease from app_public.steps s join app_public.runs r on r.id = s.run_id, app_private.begin_steps(array[s.id], null) b
     where r.owner_id = $1 and s.name = $2`,
    [id, name],
  );
  return begun;
}

async function succeed(id: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    const begun = await begin(id, name);
    await database.pool.query("select app_private.succeed_steps($1, $2)", [[begun?.step_id], [begun?.lease]]);
  }
}

async function failForGood(id: string): Promise<void> {
  const begun = await begin(id, "onboard");
  await database.pool.query("select app_private.fail_step($1, $2, 'never', 'ST403', 'It failed.')", [
    begun?.step_id,
    begun?.lease,
  ]);
}

async function completeSignup(id: string): Promise<void> {
  await ensure(id);
  await succeed(id, "drive_account", "drive_cleanup");
  await database.pool.query(
    "insert into app_public.drive_accounts (user_id, external_id, status) values ($1::uuid, $1::text, 'active')",
    [id],
  );
}

async function withoutTemplate(title: string, work: () => Promise<void>): Promise<void> {
  const [row] = await rows<{ body: string }>(
    "delete from app_private.document_templates where title = $1 returning body",
    [title],
  );
  try {
    await work();
  } finally {
    await database.pool.query("insert into app_private.document_templates values ($1, $2)", [title, row?.body]);
  }
}

async function failure(promise: Promise<unknown>): Promise<{ code?: string; message: string }> {
  const error = await promise.then(
    () => new Error("it did not fail"),
    (err: unknown) => err,
  );
  return error as Error;
}

test.run();
