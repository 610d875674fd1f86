// test-timeout: 240
// A copy of the database is not the original: its workers leave the accounts at the providers alone until somebody adopts it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type pg from "pg";
import { readReadiness } from "steward/http/readiness";
import { withClient } from "steward/migrate/connect";
import { openPool } from "steward/testing/server";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PROJECT_ROOT } from "../../server/config.ts";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded, joined, signUp } from "../helpers/workers.ts";

interface Context {
  original: TestDatabase;
  providers: TestProviders;
}
const test = suite<Context>("copies");
const GENEROUS = { timeoutMs: 60_000 };

test.before.each(async (context) => {
  [context.original, context.providers] = await Promise.all([createDatabase(), startProviders()]);
});
test.after.each(async ({ original, providers }) => {
  await Promise.all([original.close(), providers.close()]);
});

test("on a copy, steps outside wait and say why, others go on; once adopted all go on", async (context) => {
  const { original, providers } = context;
  const [ada = ""] = await settle(context, 1);
  const before = outside(providers);
  const copy = await copyOf(original);
  try {
    const worker = start(copy, providers);
    await joined(copy.pool, worker);
    await copy.pool.query("delete from app_public.users where id = $1", [ada]);
    const [bob = ""] = await signUp(copy.pool, 1);
    await signUp(copy.pool, 30); // these wait in the backlog from the beginning
    await waitFor(async () => (await stepsOf(copy, bob)).onboard === "succeeded 1 null", GENEROUS);
    await waitFor(async () => (await stepsOf(copy, bob)).drive_account === "retrying 0 ST834", GENEROUS);
    await waitFor(async () => (await stepsOf(copy, ada)).cloud_remove === "retrying 0 ST834", GENEROUS);
    assert.equal(outside(providers), before);
    assert.match(worker.log(), /This database is a copy that nobody has adopted.+steward adopt/);
    assert.equal((await copy.pool.query("select is_home from steward.home")).rows, [{ is_home: false }]);
    const { rows: lanes } = await copy.pool.query(
      "select error_code from steward.backlog where lane in ('drive', 'cloud')",
    );
    assert.equal(lanes, [{ error_code: "ST834" }, { error_code: "ST834" }]);
    assert.is((await readReadiness(copy.apiPool, { role: "steward_user" })).adopted, false);
    assert.is((await readReadiness(original.apiPool, { role: "steward_user" })).adopted, true);

    assert.match(await adopt(copy), /was a copy of test_.+go on: 3\d\.\n$/s);
    await allSucceeded(copy.pool);
    assert.is((await readReadiness(copy.apiPool, { role: "steward_user" })).adopted, true);
    await worker.stop();
    assert.equal(await violations(copy.pool), []);
  } finally {
    await copy.close();
  }
});

test("a database that was renamed waits too", async (context) => {
  const { original, providers } = context;
  await settle(context, 1);
  const name = new URL(original.ownerUrl).pathname.slice(1);
  await asSuperuser(original, `alter database ${name} rename to ${name}_old`);
  const renamed = opened(original, `${name}_old`);
  const worker = start(renamed, providers);
  try {
    const [carl = ""] = await signUp(renamed.pool, 1);
    await waitFor(async () => (await stepsOf(renamed, carl)).drive_account === "retrying 0 ST834", GENEROUS);
  } finally {
    await worker.stop();
    await Promise.all([renamed.pool.end(), renamed.apiPool.end()]);
    await asSuperuser(original, `alter database ${name}_old rename to ${name}`);
  }
  const again = start(original, providers);
  await allSucceeded(original.pool);
  await again.stop();
});

test("workers of another instance leave alone what is outside, beside those of this one", async (context) => {
  const { original, providers } = context;
  const env = (STEWARD_INSTANCE: string) => ({ ...providers.env, STEWARD_INSTANCE });
  const own = start(original, { env: env("production") });
  await joined(original.pool, own);
  await own.stop();
  const strange = start(original, { env: env("staging") });
  await joined(original.pool, strange);
  const [dora = ""] = await signUp(original.pool, 1);
  await waitFor(async () => (await stepsOf(original, dora)).drive_account === "retrying 0 ST834", GENEROUS);
  assert.equal((await original.pool.query("select strange_workers::int from steward.home")).rows, [
    { strange_workers: 1 },
  ]);
  await strange.stop();
  await adopt(original, "production");
  const back = start(original, { env: env("production") });
  await allSucceeded(original.pool);
  await back.stop();
});

test.run();

interface Opened {
  readonly ownerUrl: string;
  readonly apiUrl: string;
  readonly pool: pg.Pool;
  readonly apiPool: pg.Pool;
}

/** So many users with all they get at the providers, and no worker. */
async function settle({ original, providers }: Context, users: number): Promise<string[]> {
  const worker = start(original, providers);
  await joined(original.pool, worker);
  const ids = await signUp(original.pool, users);
  await allSucceeded(original.pool);
  await worker.stop();
  return ids;
}

/** As createdb -T makes it; for a restored dump Postgres gives another oid just the same. */
async function copyOf(original: TestDatabase): Promise<Opened & { close(): Promise<void> }> {
  const name = `${new URL(original.ownerUrl).pathname.slice(1)}_copy`;
  await asSuperuser(original, `create database ${name} template ${new URL(original.ownerUrl).pathname.slice(1)}`);
  await asSuperuser(original, `alter database ${name} owner to steward_owner`);
  const copy = opened(original, name);
  const close = async () => {
    await Promise.all([copy.pool.end(), copy.apiPool.end()]);
    await asSuperuser(original, `drop database ${name} with (force)`);
  };
  return { ...copy, close };
}

function opened(original: TestDatabase, name: string): Opened {
  const at = (url: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  const [ownerUrl, apiUrl] = [at(original.ownerUrl), at(original.apiUrl)];
  return { ownerUrl, apiUrl, pool: openPool(ownerUrl), apiPool: openPool(apiUrl) };
}

/** From another database: neither a copy nor a new name can be had while somebody is connected. */
async function asSuperuser({ superuserUrl }: TestDatabase, sql: string): Promise<void> {
  const connectionString = Object.assign(new URL(superuserUrl), { pathname: "/postgres" }).href;
  const name = new URL(superuserUrl).pathname.slice(1);
  await withClient({ connectionString }, async (client) => {
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname in ($1::text, $1::text || '_old')`,
      [name],
    );
    await waitFor(() =>
      client.query(sql).then(
        () => true,
        () => false,
      ),
    );
  });
}

function start({ ownerUrl, apiUrl }: Opened, { env }: Pick<TestProviders, "env">): TestWorker {
  return startWorker({ databaseUrl: ownerUrl, apiUrl, env });
}

/** Its steps: status, attempts and why. */
async function stepsOf({ pool }: Opened, subjectId: string): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ name: string; state: string }>(
    `select s.name, concat_ws(' ', s.status, s.attempts, coalesce(s.error_code, 'null')) as state
     from steward.steps s join steward.runs r on r.id = s.run_id where r.subject_id = $1 order by s.id`,
    [subjectId],
  );
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]));
}

function outside({ drive, cloud }: TestProviders): unknown {
  return JSON.parse(JSON.stringify({ drive: drive.state(), cloud: cloud.state() }));
}

async function adopt({ ownerUrl, apiUrl }: Opened, instance = ""): Promise<string> {
  const { PATH } = process.env;
  const child = spawn(process.execPath, ["scripts/adopt.ts"], {
    cwd: PROJECT_ROOT,
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH, DATABASE_URL: ownerUrl, API_DATABASE_URL: apiUrl, STEWARD_INSTANCE: instance },
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, "close");
  assert.is(code, 0);
  return text;
}
