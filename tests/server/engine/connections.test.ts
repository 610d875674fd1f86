// Steps of a lane's backlog share few connections: where many need them for long, they wait for each other, not at the cost of attempts,
// and nobody else does.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../../helpers/database.ts";
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
    queue: { localQueue: { size: 5 } },
    works: {
      slow_sql: async (step) => {
        await step.query("select pg_sleep(1)");
      },
      slower_sql: async (step) => {
        await step.query("select pg_sleep(10)");
      },
      quick_sql: async (step) => {
        await step.query("select 1");
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

test("a backlog whose steps take long in SQL keeps no step of another lane", async () => {
  const slow = await defineLifecycle(db, [{ name: "slower_sql" }]);
  const quick = await defineLifecycle(db, [{ name: "quick_sql", lane: "cloud" }]);
  const runs = await startRuns(db, slow, 30);
  await waitFor(async () => (await openOf(slow, "running")) > 10);
  const startedAt = performance.now();
  await startRuns(db, quick, 25);
  await waitFor(async () => (await openOf(quick)) === 0, { timeoutMs: 60_000 });
  const took = performance.now() - startedAt;
  assert.ok((await openOf(slow)) > 5, "the slow ones were still at it");
  assert.ok(took < 5_000, `${took} ms`);
  await db.query("select steward_private.cancel_runs($1)", [runs]);
});

test.run();

/** How many steps of a lifecycle have not ended, or have this status. */
async function openOf(kind: string, status?: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from steward.steps s join steward.runs r on r.id = s.run_id
     where r.kind = $1 and case when $2::text is null then s.finished_at is null else s.status::text = $2 end`,
    [kind, status],
  );
  return rows[0]?.n ?? 0;
}
