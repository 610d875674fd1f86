// test-timeout: 120
// A deleted user is forgotten: nothing in the database tells who they were.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { joined } from "../helpers/workers.ts";
import { signInRaw } from "../server/providers/raw-keystone.ts";

const test = suite("forgetting");
const PATIENCE = { timeoutMs: 60_000 };
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

test("once all is done nothing in the database tells who they were: no name, no address, in no error and no input", async () => {
  const addProject = (owner: string) =>
    db.query("insert into app_public.projects (name, created_by) values ($1::uuid::text, $1::uuid)", [owner]);
  // Their name is taken at the cloud by somebody who had it before: an error that says so.
  const { url: authUrl, regionName, ...login } = providers.cloud;
  const keystone = await signInRaw({ ...login, authUrl, name: regionName });
  await keystone.ask("POST", "/users", { user: { name: "xaverius.q", domain_id: "default" } });
  const [cast = ""] = await signUp();
  await db.query(
    "update app_public.users set email = 'xaverius.q@example.com', display_name = 'Xaverius Q' where id = $1",
    [cast],
  );
  await addProject(cast);
  await waitFor(async () => (await errorsOf(cast)).includes("ST610"), { ...PATIENCE, what: "the refusal" });
  await db.query("delete from app_public.users where id = $1", [cast]);
  await waitFor(async () => (await openDeletions(cast)) === 0, { ...PATIENCE, what: "the end of the deletion" });
  // Made again, deleted, and once more before that deletion was done.
  await worker.stop();
  for (let again = 0; again < 2; again++) {
    await db.query("insert into app_public.users (id, username) values ($1, 'xaverius.q')", [cast]);
    await db.query("delete from app_public.users where id = $1", [cast]);
  }
  worker = start();
  await waitFor(async () => (await openDeletions(cast)) === 0, { ...PATIENCE, what: "the end of the deletion" });
  assert.equal(await mentions("xaverius"), []);
});

test.run();

function start(): TestWorker {
  return startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env: providers.env });
}

async function signUp(): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    "insert into app_public.users (username) values ('xaverius.q') returning id",
  );
  return rows.map(({ id }) => id);
}

async function openDeletions(subjectId: string): Promise<number> {
  const { rows } = await db.query<{ open: number }>(
    `select count(*)::int as open from steward.runs
     where subject_id = $1 and kind = 'user_deletion' and status in ('pending', 'running')`,
    [subjectId],
  );
  return rows[0]?.open ?? 0;
}

/** Codes of the errors of steps that are about this user. */
async function errorsOf(userId: string): Promise<string[]> {
  const { rows } = await db.query<{ error_code: string }>(
    "select error_code from steward.steps where item = $1 and error_code is not null",
    [userId],
  );
  return rows.map(({ error_code }) => error_code);
}

/** The tables of this database in which a row holds the word, and those rows. */
async function mentions(word: string): Promise<string[]> {
  const { rows: tables } = await db.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c
     where c.relkind = 'r' and c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await db.query(`select t::text as row from ${name} t where t::text ilike $1`, [`%${word}%`]);
    found.push(...rows.map(({ row }) => `${name}: ${row}`));
  }
  return found;
}
