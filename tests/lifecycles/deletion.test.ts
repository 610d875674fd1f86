// test-timeout: 300
// What follows the deletion of a user, with real worker processes that are killed on the way.
import pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asUser, createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded, joined } from "../helpers/workers.ts";

const test = suite("deletion");
const KILLS = 5;
const PATIENCE = { timeoutMs: 90_000 };
let database: TestDatabase;
let db: pg.Pool;
let providers: TestProviders;
let worker: TestWorker;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
  db = database.pool;
  worker = start();
  await joined(db, worker);
});
test.after(async () => {
  await worker.stop();
  await Promise.all([providers.close(), database.close()]);
});

test("1,000 labels go in the delete itself, 1,001 in the background, and nobody else's", async () => {
  const [small = "", large = "", other = ""] = await signUp("few", "many", "bystander");
  await addLabels(small, 1_000);
  await addLabels(large, 1_001);
  await addLabels(other, 2_000);
  await inTransaction(async (client) => {
    await client.query("delete from app_public.users where id = any($1)", [[small]]);
    assert.is(await count(client, small), 0);
  });
  await inTransaction(async (client) => {
    await client.query("delete from app_public.users where id = any($1)", [[large]]);
    assert.is(await count(client, large), 1_001);
  });
  await waitFor(async () => (await count(db, large)) === 0, { ...PATIENCE, what: "the purge" });
  assert.is(await count(db, other), 2_000);
});

test("a rolled back delete leaves everything as it was", async () => {
  const [id = ""] = await signUp("undecided");
  await addLabels(id, 1_500);
  await inTransaction(async (client) => {
    await client.query("delete from app_public.users where id = $1", [id]);
    await client.query("rollback");
  });
  assert.is(await count(db, id), 1_500);
  assert.is(await runs(id, "user_deletion"), 0);
});

test("a delete does not wait for a worker that waits for it", async () => {
  const holder = new pg.Client({ connectionString: database.superuserUrl });
  await holder.connect();
  await holder.query("set deadlock_timeout = '50ms'");
  providers.drive.faults.setLatency({ min: 500, max: 500 });
  const [id = ""] = await signUp("crossed");
  const account = "select from app_public.drive_accounts where user_id = $1";
  await waitFor(async () => (await db.query(account, [id])).rowCount === 1, { ...PATIENCE, what: "the account" });
  try {
    // What the delete of a user locks first.
    await holder.query("begin");
    await holder.query("select from app_public.users where id = $1 for update", [id]);
    await holder.query(`${account} for update`, [id]);
    const waiting = "select from pg_stat_activity where pg_backend_pid() = any (pg_blocking_pids(pid))";
    await waitFor(async () => (await holder.query(waiting)).rowCount === 1, { ...PATIENCE, what: "the worker" });
    await holder.query("delete from app_public.users where id = $1", [id]);
    await holder.query("commit");
  } finally {
    await holder.end();
    providers.drive.faults.setLatency({ min: 0, max: 0 });
  }
  await allSucceeded(db);
});

test("the drive account and the cloud account go too; accounts that are gone already are no failure", async () => {
  const [known = "", vanished = ""] = await signUp("member", "vanished");
  await allSucceeded(db);
  await db.query("insert into app_public.projects (name, created_by) values ('theirs', $1)", [known]);
  await waitFor(async () => cloudUsers().includes(known), { ...PATIENCE, what: "the cloud account" });
  await allSucceeded(db);
  assert.ok(driveUsers().some((id) => id.includes(known)));
  await removeAtDrive(vanished);
  await db.query("delete from app_public.users where id = any($1)", [[known, vanished]]);
  await allSucceeded(db);
  assert.not.ok(cloudUsers().includes(known));
  assert.not.ok(driveUsers().some((id) => id.includes(known)));
});

test("the same id again, in the middle of the purge: exactly the new labels remain, and a new drive account", async () => {
  const [id = ""] = await signUp("phoenix");
  await addLabels(id, 60_000);
  await allSucceeded(db);
  await db.query("delete from app_public.users where id = $1", [id]);
  await db.query("insert into app_public.users (id, username) values ($1, 'phoenix')", [id]);
  await addLabels(id, 500);
  await allSucceeded(db);
  assert.is(await count(db, id), 500);
  assert.is(driveUsers().filter((name) => name.includes(id)).length, 1);
  const [account] = (await db.query("select status from app_public.drive_accounts where user_id = $1", [id])).rows;
  assert.is(account?.status, "active");
});

test("the same id again while the account of before stays: the new password is that of the account, whatever answer is lost", async () => {
  await allSucceeded(db);
  await db.query("select steward.pause(task => 'drive_cleanup')"); // nobody has signed in to it
  const [id = ""] = await signUp("again");
  const isActive = async () =>
    (await db.query("select from app_public.drive_accounts where user_id = $1 and status = 'active'", [id])).rowCount;
  await waitFor(isActive, { ...PATIENCE, what: "the account" });
  await inTransaction(async (client) => {
    await client.query("delete from app_public.users where id = $1", [id]);
    const all = "array(select id from steward.runs where subject_id = $1)";
    await client.query(`select steward_private.cancel_runs(${all})`, [id]);
  });
  providers.drive.faults.add({ kind: "cut", method: "POST", path: "/cloud/users$", times: 1 });
  await db.query("insert into app_public.users (id, username) values ($1, 'again')", [id]);
  await waitFor(isActive, { ...PATIENCE, what: "the account again" });
  await db.query("select steward.unpause(task => 'drive_cleanup')");
  await waitFor(async () => {
    const { rows } = await db.query(
      "select status from steward.runs where subject_id = $1 and kind = 'user_signup' order by created_at desc limit 1",
      [id],
    );
    assert.is.not(rows[0]?.status, "failed");
    return rows[0]?.status === "succeeded";
  }, PATIENCE);
});

test("documents, which hang on the user by foreign keys, go in the background too; nobody sees them, and who comes again has their own", async () => {
  const [id = ""] = await signUp("writer");
  await allSucceeded(db);
  await db.query(
    `insert into app_public.documents (notebook_id, title, body)
     select n.id, 'mine', 'text' from app_public.notebooks n join app_public.spaces s on s.id = n.space_id, generate_series(1, 3000)
     where s.owner_id = $1`,
    [id],
  );
  const before = await seen("user", id);
  assert.equal(before, { spaces: 1, notebooks: 1, documents: 3_003, agents: 1, agent_notebooks: 1 });
  const holder = await db.connect();
  await holder.query("begin; select from app_public.documents where title = 'mine' limit 1 for update");
  await inTransaction(async (client) => {
    await client.query("delete from app_public.users where id = $1", [id]);
    assert.is((await client.query("select from app_public.documents where title = 'mine'")).rowCount, 3_000);
    const { rows } = await client.query("select former_owner_id from app_public.spaces where owner_id is null");
    assert.equal(rows, [{ former_owner_id: id }]);
  });
  assert.equal(await seen("user", id), { spaces: 0, notebooks: 0, documents: 0, agents: 0, agent_notebooks: 0 });
  const others =
    "select from app_public.documents d where not exists (select from app_public.notebooks n where n.id = d.notebook_id) or title = 'mine'";
  assert.is((await asUser(database.apiPool, id, "admin", (client) => client.query(others))).rowCount, 0);
  await db.query("insert into app_public.users (id, username) values ($1, 'writer')", [id]);
  await holder.query("rollback");
  holder.release();
  await allSucceeded(db);
  assert.is((await db.query("select from app_public.spaces where owner_id is null")).rowCount, 0);
  assert.is((await db.query("select from app_public.documents where title = 'mine'")).rowCount, 0);
  assert.equal(await seen("user", id), { ...before, documents: 3 });
});

test(`${KILLS} kills -9 on the way: all goes, progress never goes back`, async () => {
  const [id = "", other = ""] = await signUp("heavy", "light");
  await addLabels(id, 400_000);
  await addLabels(other, 1_000);
  await db.query("delete from app_public.users where id = $1", [id]);
  let last = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const seen = last;
    await waitFor(
      async () => {
        const done = await progress(id);
        assert.ok(done >= last, `progress went back from ${last} to ${done}`);
        last = done;
        return done > seen || (await count(db, id)) === 0;
      },
      { ...PATIENCE, what: "progress" },
    );
    worker.kill("SIGKILL");
    await worker.exited;
    worker = start();
  }
  await allSucceeded(db, 120_000);
  assert.is(await count(db, id), 0);
  assert.is(await count(db, other), 1_000);
  assert.is(await progress(id), 400_000);
});

test("the sweep finds rows that belong to no user and has them purged", async () => {
  const orphan = crypto.randomUUID();
  await addLabels(orphan, 50);
  await db.query("select graphile_worker.add_job('sweep_orphans')");
  await waitFor(async () => (await count(db, orphan)) === 0, { ...PATIENCE, what: "the sweep" });
  await allSucceeded(db);
});

test("... also where a registered table is gone, or its rows are hidden", async () => {
  await db.query(`
    create table public.aaa_gone (user_id uuid);
    create table public.aab_hidden (user_id uuid);
    create index on public.aab_hidden (user_id);
    insert into public.aab_hidden values (gen_random_uuid());
    insert into steward.purge_targets (subject_table, table_name, key_column)
    values ('app_public.users', 'public.aaa_gone', 'user_id'), ('app_public.users', 'public.aab_hidden', 'user_id');
    drop table public.aaa_gone;
    alter table public.aab_hidden enable row level security, force row level security`);
  const orphan = crypto.randomUUID();
  await addLabels(orphan, 50);
  await db.query("select graphile_worker.add_job('sweep_orphans', job_key := 'sweep')");
  await waitFor(async () => (await count(db, orphan)) === 0, { ...PATIENCE, what: "the sweep" });
  const error = async () =>
    (await db.query("select last_error from graphile_worker.jobs where key = 'sweep'")).rows[0].last_error;
  assert.match(
    await waitFor(error, { ...PATIENCE, what: "the end of the sweep" }),
    /could not be swept: public.aaa_gone, public.aab_hidden$/,
  );
  await db.query(`
    select graphile_worker.remove_job('sweep');
    delete from steward.purge_targets where table_name like 'public.aa%';
    drop table public.aab_hidden`);
  await allSucceeded(db);
});

test("deleting many users is one set-based piece of work", async () => {
  const ids = await signUp(...Array.from({ length: 300 }, (_, n) => `crowd${n}`));
  await db.query(
    "insert into app_public.labels (user_id, label_key) select unnest($1::uuid[]), 'x' from generate_series(1, 10)",
    [ids],
  );
  const { rows } = await db.query(
    "with gone as (delete from app_public.users where id = any($1) returning 1) select count(*)::int as gone from gone",
    [ids],
  );
  assert.is(rows[0]?.gone, 300);
  // So many at once wait for an operator, who is asked by their failures.
  await waitFor(async () => (await db.query("select from steward.runs where error_code = 'ST217'")).rowCount === 300, {
    timeoutMs: 120_000,
    what: "the removals to stop and ask",
  });
  await db.query("select app_public.approve_removals()");
  await allSucceeded(db, 120_000);
  const left = await db.query("select count(*)::int as left from app_public.labels where user_id = any($1)", [ids]);
  assert.is(left.rows[0]?.left, 0);
});

test("no promise was broken", async () => {
  assert.equal(await violations(db), []);
});

test.run();

function start(): TestWorker {
  return startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env: providers.env });
}

async function signUp(...names: string[]): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    "insert into app_public.users (username) select unnest($1::text[]) returning id",
    [names],
  );
  return rows.map((row) => row.id);
}

async function addLabels(userId: string, labels: number): Promise<void> {
  await db.query(
    "insert into app_public.labels (user_id, label_key, label_value) select $1, 'key' || n % 10, 'value' from generate_series(1, $2::int) n",
    [userId, labels],
  );
}

async function count(client: Pick<pg.ClientBase, "query">, userId: string): Promise<number> {
  const { rows } = await client.query<{ labels: number }>(
    "select count(*)::int as labels from app_public.labels where user_id = $1",
    [userId],
  );
  return rows[0]?.labels ?? 0;
}

async function runs(subjectId: string, kind: string): Promise<number> {
  const { rows } = await db.query<{ runs: number }>(
    "select count(*)::int as runs from steward.runs where subject_id = $1 and kind = $2",
    [subjectId, kind],
  );
  return rows[0]?.runs ?? 0;
}

async function progress(userId: string): Promise<number> {
  const { rows } = await db.query<{ done: string }>(
    "select s.done from steward.steps s join steward.runs r on r.id = s.run_id where r.subject_id = $1 and s.name = 'purge'",
    [userId],
  );
  return Number(rows[0]?.done ?? 0);
}

/** What a user sees of what hangs on users by foreign keys. */
async function seen(role: "user" | "admin", userId: string): Promise<object> {
  const tables = ["spaces", "notebooks", "documents", "agents", "agent_notebooks"];
  const counts = tables.map((table) => `(select count(*)::int from app_public.${table}) as ${table}`);
  return asUser(
    database.apiPool,
    userId,
    role,
    async (client) => (await client.query(`select ${counts.join()}`)).rows[0],
  );
}

async function inTransaction(work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await db.connect();
  try {
    await client.query("begin");
    await work(client);
    await client.query("commit");
  } finally {
    client.release();
  }
}

function cloudUsers(): string[] {
  return providers.cloud.state().users.map(({ stewardId }) => String(stewardId));
}

function driveUsers(): string[] {
  return providers.drive.state().map(({ id }) => id);
}

async function removeAtDrive(userId: string): Promise<void> {
  const { url, adminUser, adminPassword } = providers.drive;
  const authorization = `Basic ${btoa(`${adminUser}:${adminPassword}`)}`;
  const response = await fetch(`${url}/ocs/v2.php/cloud/users/sd_${userId}?format=json`, {
    method: "DELETE",
    headers: { authorization, "ocs-apirequest": "true" },
  });
  assert.is(response.status, 200);
}
