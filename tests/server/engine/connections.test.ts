// Steps of a backlog share few connections: where many need them for long, they wait for each other, and not at the cost of attempts.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../../helpers/database.ts";
import { startEngine, type TestEngine } from "../../helpers/engine.ts";
import { defineLifecycle, startRuns, violations } from "../../helpers/lifecycle.ts";
import { allSucceeded } from "../../helpers/workers.ts";

const test = suite("connections");
let database: TestDatabase;
let db: pg.Pool;
let engine: TestEngine;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  engine = await startEngine({
    connectionString: database.ownerUrl,
    works: {
      slow_sql: async (step) => {
        await step.query("select pg_sleep(1)");
      },
    },
  });
});
test.after(async () => {
  await engine.stop();
  await database.close();
});

test("a step whose time runs out while it waits for a connection has used up no attempt", async () => {
  const kind = await defineLifecycle(db, [{ name: "slow_sql", maxAttempts: 1, timeout: 3 }]);
  await startRuns(db, kind, 30);
  await allSucceeded(db, 60_000);
  assert.equal(await violations(db), []);
});

test.run();
