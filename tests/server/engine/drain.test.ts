// Backlogs are worked off beside everything else: neither slow steps nor single ones hold them up, nor what cannot begin.
import type pg from "pg";
import { OWN_PLACES } from "steward/engine/engine";
import type { Work } from "steward/engine/step";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../../helpers/database.ts";
import { startEngine, type TestEngine } from "../../helpers/engine.ts";
import { defineLifecycle, startRun, startRuns, stepsOf, violations } from "../../helpers/lifecycle.ts";

const PLACES = 3;
const MANY = 25;
const test = suite("drain");
const GENEROUS = { timeoutMs: 30_000 };
let database: TestDatabase;
let db: pg.Pool;
let engine: TestEngine;
let gate = Promise.withResolvers<void>();
let atOnce = 0;
let mostAtOnce = 0;

const works: Readonly<Record<string, Work>> = {
  quick: async () => undefined,
  slow: () => gate.promise.then(() => undefined),
  async counted() {
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    await new Promise((resolve) => setTimeout(resolve, 5));
    atOnce--;
    return undefined;
  },
};

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  await db.query("update steward.lanes set places = null where name = 'drive'"); // tests/db/places.test.ts has these
  engine = await startEngine({ connectionString: database.ownerUrl, concurrency: PLACES, works });
});
test.before.each(() => {
  gate = Promise.withResolvers();
});
test.after(async () => {
  await engine.stop();
  await database.close();
});

test("a slow step in flight holds up no new work of its lane", async () => {
  const slow = await startRuns(db, await define("slow"), MANY);
  await waitFor(async () => (await count(slow, "running")) === MANY, GENEROUS);
  const quick = await startRuns(db, await define("quick"), MANY);
  await waitFor(async () => (await count(quick, "succeeded")) === MANY, GENEROUS);
  assert.is(await count(slow, "running"), MANY);
  gate.resolve();
  await waitFor(async () => (await count(slow, "succeeded")) === MANY, GENEROUS);
});

test("many steps of a paused lifecycle do not hold up what comes behind them in their lane", async () => {
  const paused = await define("slow");
  await db.query("select steward.pause(lifecycle => $1, reason => 'for a test')", [paused]);
  const held = await startRuns(db, paused, 5_000);
  try {
    const quick = await startRuns(db, await define("quick"), MANY);
    await waitFor(async () => (await count(quick, "succeeded")) === MANY, GENEROUS);
  } finally {
    await db.query("select steward_private.cancel_runs($1)", [held]);
    await db.query("select steward.unpause(lifecycle => $1)", [paused]);
  }
});

test("a backlog needs none of the places that single steps have taken", async () => {
  const slow = await define("slow");
  const singles = await Promise.all(Array.from({ length: 4 * PLACES }, () => startRun(db, slow)));
  await waitFor(async () => (await count(singles, "running")) === PLACES + OWN_PLACES, GENEROUS);
  const quick = await startRuns(db, await define("quick"), MANY);
  await waitFor(async () => (await count(quick, "succeeded")) === MANY, GENEROUS);
  assert.is(await count(singles, "running"), PLACES + OWN_PLACES);
  gate.resolve();
  await waitFor(async () => (await count(singles, "succeeded")) === 4 * PLACES, GENEROUS);
});

test("steps whose definition is gone are done as their run was started, and where they cannot be, are in nobody's way", async () => {
  const [known, unknown] = [await define("quick"), await define("nobodys")];
  const waiting = await startRuns(db, unknown, 10 * MANY);
  const client = await db.connect();
  await client.query("begin");
  const orphans = await startRuns(client, known, 10 * MANY);
  await client.query("delete from steward.lifecycle_steps where kind = any ($1)", [[known, unknown]]);
  await client.query("commit");
  client.release();
  const others = await startRuns(db, await define("quick"), MANY);
  await waitFor(async () => (await count(others, "succeeded")) === MANY, GENEROUS);
  await waitFor(async () => (await count(orphans, "succeeded")) === 10 * MANY, GENEROUS);
  assert.is(await count(waiting, "queued"), 10 * MANY);
  await db.query("select steward_private.cancel_runs($1)", [waiting]);
});

test("each worker has as many steps of a lane at once as it allows, and two share a backlog", async () => {
  await db.query("update steward.lanes set at_once = 4 where name = 'drive'");
  const second = await startEngine({ connectionString: database.ownerUrl, works });
  const kind = await define("counted");
  const runs = await startRuns(db, kind, 300);
  const shares = async () => {
    const { rows } = await db.query<{ n: number }>(
      "select count(distinct worker_id)::int as n from steward.steps where run_id = any ($1)",
      [runs],
    );
    return rows[0]?.n === 2;
  };
  await waitFor(shares, GENEROUS);
  await waitFor(async () => (await count(runs, "succeeded")) === 300, GENEROUS);
  await second.stop();
  assert.ok(mostAtOnce > 4 && mostAtOnce <= 8, `${mostAtOnce} at once`);
});

test("a worker that stops takes no more, and gives back all of its backlog without an attempt used", async () => {
  const runs = await startRuns(db, await define("slow"), 2 * MANY);
  await waitFor(async () => (await count(runs, "running")) > 0, GENEROUS);
  await engine.stop();
  const steps = (await Promise.all(runs.map((run) => stepsOf(db, run)))).flat();
  assert.ok(steps.every((step) => step.status === "queued" && step.attempts === 0 && step.worker_id === null));
  gate.resolve();
  engine = await startEngine({ connectionString: database.ownerUrl, works });
  await waitFor(async () => (await count(runs, "succeeded")) === 2 * MANY, GENEROUS);
});

test("nothing of all this broke a promise", async () => assert.equal(await violations(db), []));

/** A lifecycle of one step with this task. */
function define(name: string): Promise<string> {
  return defineLifecycle(db, [{ name, lane: "drive" }]);
}

async function count(runs: readonly string[], status: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    "select count(*)::int as n from steward.steps where run_id = any ($1) and status = $2",
    [runs, status],
  );
  return rows[0]?.n ?? 0;
}

test.run();
