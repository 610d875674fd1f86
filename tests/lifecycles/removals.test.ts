// test-timeout: 120
// Nothing is removed at a provider by mistake: what is more than was to be expected waits for an operator.
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded, signUp } from "../helpers/workers.ts";

const test = suite("removals");
let database: TestDatabase;
let db: pg.Pool;
let providers: TestProviders;
let worker: TestWorker;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
  db = database.pool;
  worker = startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env: providers.env });
});
test.after(async () => {
  await worker.stop();
  await Promise.all([providers.close(), database.close()]);
});

test("accounts that carry the mark of another database stay, until an operator says otherwise", async () => {
  const [userId = ""] = await signUp(db, 1);
  const insert = "insert into app_public.projects (name, created_by) values ('marked', $1) returning id";
  const { rows } = await db.query<{ id: string }>(insert, [userId]);
  await allSucceeded(db);
  // As if the copy that this database is had been adopted for staging.
  await db.query("select steward.renew_mark()");
  await db.query("delete from app_public.projects where id = $1", [rows[0]?.id]);
  await db.query("delete from app_public.users where id = $1", [userId]);
  assert.equal(await failures(2), ["project_deletion ST619", "user_deletion ST619"]);
  assert.equal(atCloud(userId), { users: 1, projects: 1 });

  await db.query("select app_public.approve_removals()");
  await allSucceeded(db);
  assert.equal(atCloud(userId), { users: 0, projects: 0 });
});

test("so many deletions that nobody can have meant them keep their accounts, and are carried out once approved", async () => {
  const [userId = ""] = await signUp(db, 1);
  await allSucceeded(db);
  const others = Array.from({ length: 110 }, () => randomUUID());
  await db.query("insert into app_public.users (id, username) select u, u::text from unnest($1::uuid[]) u", [others]);
  await db.query("delete from app_public.users where id = any ($1)", [others.slice(0, 99)]);
  assert.is(await asked(), 0, "a hundred in all are not too many");
  await db.query("delete from app_public.users where id = any ($1) or id = $2", [others.slice(99, 100), userId]);
  assert.is(await asked(), 2);
  assert.equal(await failures(2), ["user_deletion ST217", "user_deletion ST217"]);
  assert.is(providers.drive.state().filter(({ id }) => id === `sd_${userId}`).length, 1);
  const { rows } = await db.query("select app_public.approve_removals() as runs");
  assert.equal(rows, [{ runs: 2 }]);
  await allSucceeded(db);
  assert.is(providers.drive.state().filter(({ id }) => id === `sd_${userId}`).length, 0);
  assert.equal(await violations(db), []);
  // What was done is told in words that a person can use.
  const log = worker.log();
  assert.match(log, /"msg":"made the drive account"/);
  assert.match(log, /"msg":"removed \d+ files of sd_[0-9a-f-]+, \d+\.\d s"/);
  assert.match(log, new RegExp(`"user":"${userId}","account":"sd_${userId}","msg":"removed the drive account"`));
  assert.match(
    log,
    /"level":"error".*"kind":"user_deletion".*"msg":"user_deletion failed: step (drive|cloud)_remove is given up"/,
  );
});

test("so many deleted projects that nobody can have meant it stay at the cloud, and go once approved", async () => {
  const make = "insert into app_public.projects (name) select 'p' || n from generate_series(1, 103) n returning id";
  const ids = (await db.query<{ id: string }>(make)).rows.map(({ id }) => id);
  await allSucceeded(db);
  const there = () =>
    providers.cloud.state().projects.filter(({ stewardId }) => ids.includes(String(stewardId))).length;
  assert.is(there(), 103);
  await db.query("delete from app_public.projects where id = any ($1)", [ids.slice(0, 95)]);
  await allSucceeded(db);
  assert.is(there(), 8, "a hundred in all are not too many");
  await db.query("delete from app_public.projects where id = any ($1)", [ids.slice(95)]);
  assert.equal(await failures(8), Array(8).fill("project_deletion ST217"));
  assert.is(there(), 8);
  // One that comes back has what it had.
  await db.query("insert into app_public.projects (id, name) values ($1, 'back')", [ids[100]]);
  const status = "select status from app_public.projects where id = $1";
  await waitFor(async () => (await db.query(status, [ids[100]])).rows[0]?.status === "active" || undefined, {
    what: "the project to be active",
  });
  await db.query("select app_public.approve_removals()");
  await allSucceeded(db);
  assert.is(there(), 1);
  assert.equal(await violations(db), []);
});

test("a few deletions of very many users are nobody's mistake", async () => {
  await db.query("insert into app_public.users (username) select 'crowd ' || n from generate_series(1, 1000) n");
  await db.query("delete from app_public.users where username in ('crowd 1', 'crowd 2')");
  assert.is(await asked(), 0);
  await db.query("select steward_private.cancel_runs(array(select id from steward.runs))");
});

test.run();

/** Kind and code of failed runs, once there are so many. */
async function failures(count: number): Promise<string[]> {
  const text = "select kind || ' ' || error_code as failure from steward.runs where status = 'failed' order by 1";
  return waitFor(
    async () => {
      const { rows } = await db.query<{ failure: string }>(text);
      return rows.length >= count ? rows.map(({ failure }) => failure) : undefined;
    },
    { timeoutMs: 30_000, what: `${count} failures` },
  );
}

/** Open or failed deletions that somebody has to approve. */
async function asked(): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    "select count(*)::int as count from steward.runs where input ? 'must_ask' and not input ? 'is_approved'",
  );
  return rows[0]?.count ?? 0;
}

function atCloud(userId: string): { users: number; projects: number } {
  const { users, projects } = providers.cloud.state();
  return {
    users: users.filter(({ stewardId }) => stewardId === userId).length,
    projects: projects.filter(({ name }) => name.startsWith("sd-")).length,
  };
}
