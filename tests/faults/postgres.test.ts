// test-timeout: 300
// Postgres in trouble: restarted, killed, out of connections, cut off. Workers stay alive and go on, nothing is lost.

import pg from "pg";
import { examineServer } from "steward/doctor/server";
import { openPool } from "steward/testing/server";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { layCable } from "../helpers/cable.ts";
import { createDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { type OwnPostgres, startOwnPostgres } from "../helpers/own-postgres.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded, joined, signUp } from "../helpers/workers.ts";

const test = suite("Postgres in trouble");
const GENEROUS = { timeoutMs: 60_000 };
let postgres: OwnPostgres;
let providers: TestProviders;
let worker: TestWorker;

test.before(async () => {
  [postgres, providers] = await Promise.all([startOwnPostgres({ max_notify_queue_pages: "64" }), startProviders()]);
  providers.drive.faults.setLatency({ min: 50, max: 150 });
  worker = start();
  await joined(postgres.pool, worker);
});
test.after(async () => {
  await worker.stop();
  await Promise.all([providers.close(), postgres.close()]);
});

for (const [how, what] of [
  ["SIGINT", "a restart"],
  ["SIGQUIT", "an immediate restart"],
  ["SIGKILL", "kill -9 of the postmaster"],
] as const)
  test(`${what} under load: the worker stays alive and goes on, nothing is lost`, async () => {
    await signUp(postgres.pool, 15);
    await postgres.pool.query(
      "insert into app_public.users (username) select $1 || i from generate_series(1, 40) as i",
      [`${how} `],
    );
    await waitFor(async () => (await count("s.status = 'running'")) > 3, GENEROUS);
    await postgres.restart(how);
    await allSucceeded(postgres.pool, 90_000);
    assert.is(await count("s.attempts > s.max_attempts"), 0);
    await isOnce();
  });

test("too many connections: the worker waits for its turn", async () => {
  const [database, others] = await Promise.all([createDatabase(), startProviders()]);
  // The limit does not hold for it, and its sessions are not among those ended.
  const superuser = openPool(database.superuserUrl);
  const waiting = startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env: others.env });
  await joined(database.pool, waiting);
  const [{ name }] = (await superuser.query<{ name: string }>("select quote_ident(current_database()) as name"))
    .rows as [{ name: string }];
  await signUp(superuser, 10);
  await superuser.query(`alter database ${name} connection limit 0`);
  await superuser.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'steward_owner' and datname = current_database()",
  );
  await waitFor(() => waiting.log().includes("too many connections"), { ...GENEROUS, what: "a refusal" });
  await superuser.query(`alter database ${name} connection limit -1`);
  await signUp(superuser, 5);
  await allSucceeded(superuser, 90_000);
  assert.equal(await violations(superuser), []);
  await waiting.stop();
  await superuser.end();
  await Promise.all([others.close(), database.close()]);
});

test("a queue of notifications that is full: the doctor says so, and all goes on once nobody keeps it full", async () => {
  const listener = new pg.Client({ connectionString: postgres.databaseUrl });
  await listener.connect();
  await listener.query("listen anything");
  await listener.query("begin; select");
  await signUp(postgres.pool, 5);
  const fill = async () => {
    for (;;) await postgres.pool.query("select pg_notify('anything', repeat(' ', 7900) || clock_timestamp())");
  };
  await refusal(fill());
  assert.match(await refusal(signUp(postgres.pool, 1)), /NOTIFY queue/);
  const client = await postgres.pool.connect();
  const findings = await examineServer(client as unknown as pg.Client, { databaseUrl: undefined } as never);
  client.release();
  assert.ok(findings.some(({ message }) => message.startsWith("The queue of notifications is 100 % full")));
  await listener.end();
  await waitFor(() => signUp(postgres.pool, 1).catch(() => undefined), GENEROUS);
  await allSucceeded(postgres.pool);
});

test("a worker behind a cut cable gives its steps up; when it is mended it works again", async () => {
  const cable = await layCable(postgres.databaseUrl);
  const remote = start(cable.url);
  await joined(postgres.pool, remote);
  await worker.stop();
  providers.drive.faults.setLatency({ min: 3_000, max: 3_000 });
  await postgres.pool.query("update steward.lanes set places = null where name = 'drive'");
  await signUp(postgres.pool, 5);
  await waitFor(async () => (await count("s.status = 'running' and s.lane = 'drive'")) === 5, GENEROUS);
  cable.cut();
  const cutAt = performance.now();
  worker = start();
  await joined(postgres.pool, worker);
  await waitFor(async () => (await count("s.attempts = 2 and s.lane = 'drive'")) === 5, GENEROUS);
  console.log(`\nsteps behind a cut cable run elsewhere after ${(performance.now() - cutAt).toFixed(0)} ms`);
  providers.drive.faults.setLatency({ min: 0, max: 0 });
  await allSucceeded(postgres.pool);
  cable.mend();
  await worker.stop();
  await signUp(postgres.pool, 3);
  await allSucceeded(postgres.pool, 90_000);
  await isOnce();
  await remote.stop();
  await cable.close();
});

test("nothing of all this broke a promise", async () => {
  assert.equal(await violations(postgres.pool), []);
});

test.run();

function start(databaseUrl = postgres.databaseUrl): TestWorker {
  return startWorker({ databaseUrl, apiUrl: postgres.apiUrl, env: providers.env });
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "",
    (error: unknown) => String(error),
  );
}

async function count(condition: string): Promise<number> {
  const { rows } = await postgres.pool.query<{ n: number }>(
    `select count(*)::int as n from steward.steps s where ${condition}`,
  );
  return rows[0]?.n ?? 0;
}

/** Each user has one account at the drive, and there is no other. */
async function isOnce(): Promise<void> {
  const { rows } = await postgres.pool.query<{ external_id: string }>(
    "select external_id from app_public.drive_accounts where status = 'active' order by 1",
  );
  const accounts = providers.drive.state().filter((account) => account.id.startsWith("sd_"));
  assert.equal(accounts.map((account) => account.id).sort(), rows.map((row) => row.external_id).sort());
  const { rows: users } = await postgres.pool.query<{ n: number }>("select count(*)::int as n from app_public.users");
  assert.is(rows.length, users[0]?.n);
}
