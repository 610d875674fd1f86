// test-timeout: 200
// Workers with a wrong password at both providers, then with the right one: nothing failed, nobody is locked out, all gets done.
import { randomUUID } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded, joined, signUp } from "../helpers/workers.ts";

const test = suite("wrong passwords");
const GENEROUS = { timeoutMs: 60_000 };
let database: TestDatabase;
let providers: TestProviders;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
});
test.after(async () => {
  await Promise.all([database.close(), providers.close()]);
});

test("the lanes wait with the reason, and go on with the right passwords", async () => {
  const { pool } = database;
  const users = await signUp(pool, 30);
  await pool.query("insert into app_public.projects (name, created_by, id) values ('waits', $1, $2)", [
    users[0],
    randomUUID(),
  ]);
  const wrong = { NEXTCLOUD_ADMIN_PASSWORD: "not it", OS_PASSWORD: "not it" };
  await work([wrong, wrong], async () => {
    const refused = async () => {
      const { rows } = await pool.query(
        "select from steward.lanes where error_code = 'ST506' and open_until > now() or error_code = 'ST606'",
      );
      return rows.length === 2;
    };
    await waitFor(refused, { ...GENEROUS, what: "both refusals" });
  });
  const { rows } = await pool.query("select from steward.steps where status = 'failed'");
  assert.is(rows.length, 0);
  // As when the five minutes are over.
  await pool.query("update steward.lanes set open_until = now()");
  await pool.query("update steward.steps set ready_at = now() where ready_at > now()");
  await pool.query("update graphile_worker._private_jobs set run_at = now() where run_at > now()");
  await work([{}], () => allSucceeded(pool, 60_000));
  assert.equal(await violations(pool), []);
});

test("a worker with an old password keeps nobody from working who has the right one", async () => {
  const { pool } = database;
  const wrong = { NEXTCLOUD_ADMIN_PASSWORD: "old", OS_PASSWORD: "old" };
  await work([wrong, {}], async ([stale]) => {
    const users = await signUp(pool, 8);
    await pool.query("insert into app_public.projects (name, created_by) values ('goes on', $1)", [users[0]]);
    await allSucceeded(pool, 60_000);
    const { rows } = await pool.query("select distinct pid from steward.refusals");
    assert.equal(rows, [{ pid: stale?.pid }]);
  });
  const { rows } = await pool.query("select from steward.lanes where down_since is not null");
  assert.is(rows.length, 0);
});

test.run();

/** With workers that find this in their environment. */
async function work(
  environments: readonly Record<string, string>[],
  meanwhile: (workers: readonly TestWorker[]) => Promise<void>,
): Promise<void> {
  const workers: TestWorker[] = environments.map((env) =>
    startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env: { ...providers.env, ...env } }),
  );
  try {
    for (const worker of workers) await joined(database.pool, worker);
    await meanwhile(workers);
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}
