// test-timeout: 120
// The presence session of a worker ends while its process lives: its attempts end at once, never act beside those that follow
// them, and do not count.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { Step, Work } from "steward/engine/step";
import { openPool } from "steward/testing/server";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, untilRescuing, waitFor } from "../helpers/database.ts";
import { startEngine, type TestEngine } from "../helpers/engine.ts";
import { defineLifecycle, startRun, statusOf, stepOf, violations } from "../helpers/lifecycle.ts";

const test = suite("lost sessions");
const GENEROUS = { timeoutMs: 40_000 };
const DROPS = 24;
const ACTING_MS = 3_000;
let database: TestDatabase;
let db: pg.Pool;
let superuser: pg.Pool;

interface Act {
  readonly step: string;
  readonly attempt: number;
  readonly at: number;
}
const acts: Act[] = [];
let attempts = 0;

/** Changes something outside again and again, until it may not any more. */
const act: Work = async (step: Step) => {
  const attempt = ++attempts;
  for (const until = performance.now() + ACTING_MS; performance.now() < until; await sleep(5)) {
    step.guard();
    acts.push({ step: step.id, attempt, at: performance.now() });
  }
  return undefined;
};

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  superuser = openPool(database.superuserUrl);
  await untilRescuing(db);
});
test.after(async () => {
  await superuser.end();
  await database.close();
});

for (const [beside, works] of [
  ["beside another that may take the steps", { act }],
  ["beside another that can only rescue them", { other: async () => undefined }],
] as const)
  test(`${DROPS} drops ${beside}: one attempt at a time, and a step with one attempt succeeds`, async () => {
    acts.length = 0;
    const kind = await defineLifecycle(db, [{ name: "act", maxAttempts: 1 }]);
    const engines = [await start({ act }), await start(works)];
    const run = await startRun(db, kind);
    for (let drop = 0; drop < DROPS; drop++) {
      const holder = await waitFor(async () => (await stepOf(db, run, "act")).worker_id, GENEROUS);
      await sleep((drop * 37) % 300);
      await dropSession(holder);
      // Half of the time others notice before the worker is back.
      if (drop % 2 === 0) await db.query("select steward_private.rescue_steps(-1)");
      else await sleep((drop * 53) % 200);
    }
    await waitFor(async () => (await statusOf(db, run)) === "succeeded", GENEROUS);
    assert.equal(overlaps(), []);
    assert.ok(new Set(acts.map(({ attempt }) => attempt)).size > DROPS / 2);
    assert.is((await stepOf(db, run, "act")).error_code, null);
    await Promise.all(engines.map((engine) => engine.stop()));
  });

test("a worker alone goes on after a drop, and no attempt is used up", async () => {
  const engine = await start({ act });
  const run = await startRun(db, await defineLifecycle(db, [{ name: "act", maxAttempts: 1 }]));
  const holder = await waitFor(async () => (await stepOf(db, run, "act")).worker_id, GENEROUS);
  await dropSession(holder);
  await waitFor(async () => (await statusOf(db, run)) === "succeeded", GENEROUS);
  assert.is((await stepOf(db, run, "act")).attempts, 1);
  await engine.stop();
});

test("a worker that is released although it works acts no more before others act", async () => {
  acts.length = 0;
  const kind = await defineLifecycle(db, [{ name: "act", maxAttempts: 20 }]);
  const engines = [await start({ act }), await start({ act })];
  const run = await startRun(db, kind);
  for (let release = 0; release < 8; release++) {
    const holder = await waitFor(async () => (await stepOf(db, run, "act")).worker_id, GENEROUS);
    await sleep((release * 37) % 300);
    await db.query("select steward.release_worker($1)", [holder]);
    await waitFor(async () => ![null, holder].includes((await stepOf(db, run, "act")).worker_id), GENEROUS);
  }
  await waitFor(async () => (await statusOf(db, run)) === "succeeded", GENEROUS);
  assert.equal(overlaps(), []);
  await Promise.all(engines.map((engine) => engine.stop()));
});

test("a table that somebody locks for longer than a session may be silent costs none, and no attempt", async () => {
  acts.length = 0;
  const engines = [await start({ act }), await start({ act })];
  const run = await startRun(db, await defineLifecycle(db, [{ name: "act", maxAttempts: 1 }]));
  await waitFor(() => acts.length > 0, GENEROUS);
  await whileLocked("lock table steward.steps in access exclusive mode", () => sleep(7_000));
  await waitFor(async () => (await statusOf(db, run)) === "succeeded", GENEROUS);
  assert.is(new Set(acts.map(({ attempt }) => attempt)).size, 1);
  assert.is(await lastWorker(), engines.at(-1)?.workerId);
  await Promise.all(engines.map((engine) => engine.stop()));
});

for (const [what, begin] of [
  ["a step", async () => startRun(db, await defineLifecycle(db, [{ name: "act", maxAttempts: 1 }]))],
  ["a step of which its worker did not hear that it had begun", beginUnheard],
] as const)
  test(`a session that is lost while somebody else has locked ${what} uses up no attempt`, async () => {
    const engine = await start({ act });
    const run = await begin(engine);
    await waitFor(async () => (await stepOf(db, run, "act")).worker_id === engine.workerId, GENEROUS);
    const { id } = await stepOf(db, run, "act");
    await whileLocked(`select from steward.steps where id = ${id} for update`, async () => {
      // Until the rescue comes before the worker is back.
      await waitFor(async () => {
        await dropSession(engine.workerId);
        await db.query("select steward_private.rescue_steps(-1)");
        return (await lastWorker()) !== engine.workerId;
      }, GENEROUS);
      await sleep(1_500);
    });
    await waitFor(async () => (await statusOf(db, run)) === "succeeded", GENEROUS);
    assert.is((await stepOf(db, run, "act")).attempts, 1);
    await engine.stop();
  });

test("nothing of all this broke a promise", async () => {
  assert.equal(await violations(db), []);
});

test.run();

function start(works: Readonly<Record<string, Work>>): Promise<TestEngine> {
  return startEngine({ connectionString: database.ownerUrl, works });
}

/** A run whose step began by a statement whose answer the worker never got. */
async function beginUnheard({ workerId }: TestEngine): Promise<string> {
  const kind = await defineLifecycle(db, [{ name: "act", maxAttempts: 1 }]);
  const client = await db.connect();
  await client.query("begin");
  const run = await startRun(client, kind);
  const { id } = await stepOf(client, run, "act");
  await client.query("select graphile_worker.remove_job($1)", [`step:${id}`]);
  await client.query("select steward_private.begin_steps(array[$1::bigint], $2)", [id, workerId]);
  await client.query("commit");
  client.release();
  return run;
}

/** Does something while another session's transaction holds what this statement locks. */
async function whileLocked(statement: string, work: () => Promise<void>): Promise<void> {
  const client = await superuser.connect();
  try {
    await client.query("begin");
    await client.query(statement);
    await work();
    await client.query("rollback");
  } finally {
    client.release(true);
  }
}

async function lastWorker(): Promise<number | undefined> {
  return (await db.query<{ id: number }>("select max(id) as id from steward_private.workers")).rows[0]?.id;
}

/** Ends a worker's presence session, if it has one just now. */
async function dropSession(workerId: number): Promise<void> {
  await superuser.query(
    `select pg_terminate_backend(l.pid) from pg_locks l
     where l.locktype = 'advisory' and l.classid = 1398031447 and l.objid = $1 and l.granted
       and l.database = (select oid from pg_database where datname = current_database())`,
    [workerId],
  );
}

/** Acts of an attempt after a later one of the same step had begun to act. */
function overlaps(): Act[] {
  const newest = new Map<string, number>();
  return acts.filter(({ step, attempt }) => {
    const latest = Math.max(newest.get(step) ?? 0, attempt);
    newest.set(step, latest);
    return attempt < latest;
  });
}
