// While graphile-worker has no connection to hear of new jobs on, they are looked for.
import pg from "pg";
import { queueSettings } from "steward/worker/preset";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../../helpers/database.ts";
import { startEngine } from "../../helpers/engine.ts";
import { defineLifecycle, startRun, statusOf } from "../../helpers/lifecycle.ts";

const test = suite("a worker that hears of no new jobs");
let database: TestDatabase;
let elsewhere: pg.Client;

test.before(async () => {
  database = await createDatabase();
  const url = new URL(database.superuserUrl);
  url.pathname = "postgres";
  elsewhere = new pg.Client({ connectionString: url.href });
  await elsewhere.connect();
});
test.after(async () => {
  await elsewhere.end();
  await database.close();
});

test("begins them nevertheless, as long as its session lives", async () => {
  const { pool: db, ownerUrl } = database;
  const kind = await defineLifecycle(db, [{ name: "quick", lane: "database" }]);
  const engine = await startEngine({
    connectionString: ownerUrl,
    works: { quick: async () => undefined },
    queue: { ...queueSettings(5), pollInterval: 600_000 },
  });
  const name = new URL(ownerUrl).pathname.slice(1);
  try {
    await waitUntilDone(await startRun(db, kind));
    await elsewhere.query(`alter database ${pg.escapeIdentifier(name)} allow_connections false`);
    const { rowCount } = await elsewhere.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name = 'graphile-worker'",
      [name],
    );
    assert.ok(rowCount);
    await waitUntilDone(await startRun(db, kind));
  } finally {
    await elsewhere.query(`alter database ${pg.escapeIdentifier(name)} allow_connections true`);
    await engine.stop();
  }

  function waitUntilDone(run: string): Promise<boolean> {
    return waitFor(async () => (await statusOf(db, run)) === "succeeded", { what: "the run", timeoutMs: 15_000 });
  }
});

test.run();
