// test-timeout: 170
// Requests that outlive the worker that made them: the provider carries them out when others have been at it already.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { externalIdFor } from "../../server/providers/drive.ts";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded } from "../helpers/workers.ts";

const test = suite("late");
/** Longer than the others need until they have been at it. */
const LATE_MS = 14_000;
let database: TestDatabase;
let db: pg.Pool;
let providers: TestProviders;
let worker: TestWorker;
let ada: string;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
  db = database.pool;
  ada = await one("insert into app_public.users (username) values ('ada') returning id");
  begin();
  await allSucceeded(db);
});
test.after(async () => {
  await worker.stop();
  await Promise.all([providers.close(), database.close()]);
});
test.after.each(async () => {
  assert.equal(await violations(db), []);
});

test("an account that is made late does not come besides the one of the next attempt, whatever the user is called by then", async () => {
  const [bob, project] = await projectOf("bob");
  await asked("POST /users", () => addMember(project, bob));
  const carriedOut = afterwards();
  await kill();
  begin();
  await waitFor(() => accountsOf(bob)[0], { what: "the account of the next attempt", timeoutMs: 20_000 });
  await db.query("update app_public.users set username = 'bob.2' where id = $1", [bob]);
  await carriedOut;
  assert.equal(accountsOf(bob), ["bob"], "it keeps its name until nothing can come any more");
  await age("steward.steps", "begun_at");
  await allSucceeded(db);
  assert.equal(accountsOf(bob), ["bob.2"]);
  assert.is(await one("select count(*) from app_private.asked_names"), "0");
});

test("what is made late for somebody who is deleted meanwhile is removed: at the cloud and at the drive", async () => {
  const [cid, project] = await projectOf("cid");
  await asked("POST /users", () => addMember(project, cid));
  providers.drive.faults.add({ kind: "delay", ms: LATE_MS, method: "POST", path: "/cloud/users$" });
  const dan = await one("insert into app_public.users (username) values ('dan') returning id");
  await waitFor(() => running("drive_account", dan), { what: "the drive account to be asked for" });
  await new Promise((resolve) => setTimeout(resolve, 500));
  await kill();
  await db.query("delete from app_public.users where id = any ($1)", [[cid, dan]]);
  begin();
  await Promise.all([come(() => accountsOf(cid).length > 0), come(() => hasDrive(dan))]);
  await waitFor(() => (accountsOf(cid).length === 0 && !hasDrive(dan)) || undefined, {
    what: "both to go",
    timeoutMs: 20_000,
  });
  await age("steward.runs", "created_at");
  await allSucceeded(db);
});

test("so is a project", async () => {
  const project = await asked("POST /projects", () =>
    one("insert into app_public.projects (name, created_by) values ('late', $1) returning id", [ada]),
  );
  await kill();
  await db.query("delete from app_public.projects where id = $1", [project]);
  begin();
  const there = () => providers.cloud.state().projects.some(({ stewardId }) => stewardId === project);
  await come(there);
  await waitFor(() => !there() || undefined, { what: "the project to go", timeoutMs: 20_000 });
  await allSucceeded(db);
});

test.run();

/** Resolves when what the providers were asked for is done. */
function afterwards(): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, LATE_MS + 500));
}

/** What `act` makes ask the cloud for that, which it does late. */
async function asked<T>(what: string, act: () => Promise<T>): Promise<T> {
  const before = providers.cloud.counts.get(what) ?? 0;
  const path = what.split(" ")[1];
  providers.cloud.faults.add({ kind: "delay", ms: LATE_MS, method: "POST", path: `${path}$` });
  const done = await act();
  await waitFor(() => (providers.cloud.counts.get(what) ?? 0) > before || undefined, { what });
  return done;
}

/** Waits until it is there. */
function come(isThere: () => boolean): Promise<true> {
  return waitFor(() => isThere() || undefined, { what: "what was asked for", timeoutMs: LATE_MS * 2 });
}

async function running(task: string, subjectId: string): Promise<true | undefined> {
  const { rows } = await db.query(
    "select from steward.steps s join steward.runs r on r.id = s.run_id where r.subject_id = $1 and s.task = $2 and s.status = 'running'",
    [subjectId, task],
  );
  return rows.length > 0 || undefined;
}

/** As if two minutes had gone by. */
async function age(table: string, column: string): Promise<void> {
  await db.query(`update ${table} set ${column} = ${column} - interval '2 minutes'`);
}

async function kill(): Promise<void> {
  worker.kill("SIGKILL");
  await worker.exited;
}

function begin(): void {
  worker = startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env: providers.env });
}

async function projectOf(username: string): Promise<[userId: string, projectId: string]> {
  const user = await one("insert into app_public.users (username) values ($1) returning id", [username]);
  const sql = "insert into app_public.projects (name, created_by) values ($1, $2) returning id";
  const project = await one(sql, [`of ${username}`, ada]);
  await allSucceeded(db);
  return [user, project];
}

async function addMember(projectId: string, userId: string): Promise<void> {
  await db.query("insert into app_public.project_members (project_id, user_id) values ($1, $2)", [projectId, userId]);
}

function accountsOf(userId: string): string[] {
  return providers.cloud
    .state()
    .users.filter(({ stewardId }) => stewardId === userId)
    .map(({ name }) => name);
}

function hasDrive(userId: string): boolean {
  return providers.drive.state().some(({ id }) => id === externalIdFor(userId));
}

async function one(sql: string, values: unknown[] = []): Promise<string> {
  const { rows } = await db.query<Record<string, string>>(sql, values);
  return Object.values(rows[0] ?? {})[0] ?? "";
}
