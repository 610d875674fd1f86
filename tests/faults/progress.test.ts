// test-timeout: 240
// Workers that live, and are known to the database, but get no work: they notice, say so, and are replaced.
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { startEngine } from "../helpers/engine.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startOwnPostgres } from "../helpers/own-postgres.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker, type WorkerKind } from "../helpers/worker.ts";
import { allSucceeded, joined, signUp } from "../helpers/workers.ts";

const test = suite("progress");
const GENEROUS = { timeoutMs: 60_000 };
const REPLACED = "it is replaced";
let database: TestDatabase;
let providers: TestProviders;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
});
test.after(async () => {
  await Promise.all([providers.close(), database.close()]);
});

test("a worker whose first look for jobs failed, which graphile-worker remembers for ever", async () => {
  const { pool } = database;
  await pool.query("delete from graphile_worker._private_tasks");
  await pool.query(
    `create function app_private.refuse() returns trigger language plpgsql as 'begin raise exception ''not now''; end'`,
  );
  await pool.query(
    "create trigger refuse before insert on graphile_worker._private_tasks execute function app_private.refuse()",
  );
  const worker = start();
  await joined(pool, worker);
  await waitFor(() => worker.log().includes("could not look for jobs"), GENEROUS);
  await pool.query("drop function app_private.refuse() cascade");
  await signUp(pool, 3);
  await allSucceeded(pool);
  await waitFor(() => worker.log().includes(REPLACED), GENEROUS);
  await worker.stop();
});

test("a worker that knows tasks by numbers which a clean-up has changed", async () => {
  const { pool } = database;
  const worker = start();
  await joined(pool, worker);
  await signUp(pool, 1);
  await allSucceeded(pool);
  // As graphile-worker --cleanup GC_TASK_IDENTIFIERS does.
  await pool.query(
    "delete from graphile_worker._private_tasks t where t.id not in (select task_id from graphile_worker._private_jobs)",
  );
  await signUpForLater();
  await allSucceeded(pool);
  assert.ok(worker.log().includes(REPLACED));
  await worker.stop();
});

test("graphile-worker's own command ends, for who runs it to start it again", async () => {
  const { pool } = database;
  const worker = start("cli");
  await joined(pool, worker);
  await signUp(pool, 1);
  await allSucceeded(pool);
  await pool.query(
    "delete from graphile_worker._private_tasks t where t.id not in (select task_id from graphile_worker._private_jobs)",
  );
  await signUpForLater();
  await worker.exited;
  assert.ok(worker.log().includes(REPLACED));
  const next = start("cli");
  await allSucceeded(pool);
  await next.stop();
  assert.equal(await violations(pool), []);
});

test("a worker whose queue somebody has locked goes on with what it does, and with the rest afterwards", async () => {
  const { pool } = database;
  const worker = start();
  await joined(pool, worker);
  const client = await pool.connect();
  await client.query("begin");
  await signUp(pool, 3);
  await client.query("lock table graphile_worker._private_jobs in share mode"); // as `reindex` does
  await sleep(45_000);
  await client.query("commit");
  client.release();
  await allSucceeded(pool);
  assert.not.ok(worker.log().includes(REPLACED));
  await worker.stop();
});

test("a worker without a local queue that has nothing to do is not replaced", async () => {
  const works = { idle: async () => undefined };
  const engine = await startEngine({ connectionString: database.ownerUrl, works, queue: { localQueue: { size: -1 } } });
  await sleep(40_000);
  const { rows } = await database.pool.query<{ id: number }>("select max(id) as id from steward_private.workers");
  assert.is(rows[0]?.id, engine.workerId);
  await engine.stop();
});

test("a failover: workers that were there before, and one that started while Postgres only read, go on when it writes again", async () => {
  const postgres = await startOwnPostgres();
  const { databaseUrl, apiUrl, pool } = postgres;
  // A standby refuses whatever is SERIALIZABLE, before anything else.
  await pool.query(
    `do $$ begin execute format('alter database %I set default_transaction_isolation = serializable', current_database()); end $$`,
  );
  const run = () => startWorker({ databaseUrl, apiUrl, env: providers.env });
  const before = run();
  await joined(pool, before);
  await signUp(pool, 5);
  await postgres.demote();
  const during = run();
  await waitFor(() => during.log().includes("read-only transaction"), GENEROUS);
  await postgres.promote();
  await signUp(pool, 5);
  await allSucceeded(pool);
  await before.stop();
  await joined(pool, during);
  await signUp(pool, 5);
  await allSucceeded(pool);
  assert.equal(await violations(pool), []);
  await during.stop();
  assert.not.match(before.log(), "the outcome could not be recorded");
  await postgres.close();
});

test.run();

/** Of new jobs a worker hears, and begins their steps by itself: only what waits for its time is left to graphile-worker. */
async function signUpForLater(): Promise<void> {
  await database.pool.query(`do $$ begin
    insert into app_public.users (username) select 'later-' || gen_random_uuid() from generate_series(1, 3);
    update graphile_worker._private_jobs set run_at = now() + interval '1 second';
  end $$`);
}

function start(kind: WorkerKind = "worker"): TestWorker {
  return startWorker({ kind, databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env: providers.env });
}
