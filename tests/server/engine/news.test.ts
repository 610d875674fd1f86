// The news that a worker's session is lost comes late, as to a busy process: what it says decides whether an attempt counts.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { createAttempts } from "steward/engine/attempt";
import { createCompletions, createGivingBack } from "steward/engine/completions";
import { createStepRunner } from "steward/engine/run-step";
import { openSession, SURE_MS } from "steward/engine/session";
import type { BegunStep, Work } from "steward/engine/step";
import { EngineError, StewardError } from "steward/errors";
import { log } from "steward/log";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, untilRescuing } from "../../helpers/database.ts";
import { defineLifecycle, knowWorker, startRun, stepOf } from "../../helpers/lifecycle.ts";

const test = suite("news of a lost session");
let database: TestDatabase;
let db: pg.Pool;
let workerId = 900;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  await untilRescuing(db);
});
test.after(() => database.close());

const works: Readonly<Record<string, Work>> = {
  "that is only done": async () => undefined,
  "with effects": async () => (effects) => effects.query("select"),
  "that is to go on": async () => "continue",
};
for (const [what, work] of Object.entries(works)) {
  test(`an attempt ${what}, over before the news, is not used up`, async () => {
    assert.is(await attemptsLeft(work, "ST408"), 0);
  });

  test(`an attempt ${what}, over before the news that its process had stalled, counts`, async () => {
    assert.is(await attemptsLeft(work, "ST404"), 1);
  });
}

test("an attempt whose session is lost is given back though others of its process have all its connections for longer than it may take", async () => {
  const own = new pg.Pool({ connectionString: database.ownerUrl, max: 1, connectionTimeoutMillis: 50 });
  const other = await own.connect();
  const begun = await begin(0.3);
  const lost = new AbortController();
  const ended = runnerOf(({ signal }) => once(signal, "abort").then(() => undefined))(
    begun,
    sessionOf(lost),
    own,
    () => undefined,
  );
  lost.abort(new EngineError("ST408"));
  await ended;
  other.release();
  await own.end();
  assert.is(await attemptsOf(begun), 0);
});

test("a session without an answer for so long that nobody can be sure of it is lost, by no fault of the process", async () => {
  const session = await openSession(database.ownerUrl);
  session.noteBeat(performance.now());
  assert.ok(session.isSure());
  session.noteBeat(performance.now() - SURE_MS);
  assert.not.ok(session.isSure());
  const { reason } = session.lost;
  assert.ok(reason instanceof StewardError && reason.code === "ST408");
});

test.run();

/** Runs one whose worker is taken for gone before it ends; returns how many count once its process hears why. */
async function attemptsLeft(work: Work, news: "ST404" | "ST408"): Promise<number> {
  const begun = await begin();
  const lost = new AbortController();
  const runStep = runnerOf(async (step, services) => {
    const outcome = await work(step, services);
    await db.query("delete from steward_private.workers where id = $1", [workerId]);
    await db.query("select steward_private.rescue_steps(-1)");
    return outcome;
  });
  const ended = runStep(begun, sessionOf(lost), db, () => undefined);
  await sleep(300);
  assert.is(await attemptsOf(begun), 1);
  lost.abort(new EngineError(news));
  await ended;
  return attemptsOf(begun);
}

/** A step of a new worker's. Timeout in seconds. */
async function begin(timeout = 10): Promise<BegunStep> {
  const run = await startRun(db, await defineLifecycle(db, [{ name: "work", timeout }]));
  const { id } = await stepOf(db, run, "work");
  await knowWorker(db, ++workerId);
  const { rows } = await db.query<BegunStep>("select * from steward_private.begin_jobs(array[$1::bigint], $2)", [
    id,
    workerId,
  ]);
  return rows[0] as BegunStep;
}

function runnerOf(work: Work): ReturnType<typeof createStepRunner> {
  return createStepRunner({
    services: {} as never,
    works: new Map([["work", work]]),
    log,
    stopping: new AbortController().signal,
    complete: createCompletions(db),
    giveBack: createGivingBack(db),
    onChange: () => undefined,
    onSuccess: () => undefined,
    running: createAttempts(),
    unrecorded: new Set(),
  });
}

function sessionOf(lost: AbortController): Parameters<ReturnType<typeof createStepRunner>>[1] {
  return { workerId, lost: lost.signal, isSure: () => true } as never;
}

async function attemptsOf({ run_id }: BegunStep): Promise<number> {
  return (await stepOf(db, run_id, "work")).attempts;
}
