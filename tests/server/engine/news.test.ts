// The news that a worker's session is lost comes late, as to a busy process: what it says decides whether an attempt counts.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { createAttempts } from "steward/engine/attempt";
import { createCompletions } from "steward/engine/completions";
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
  const run = await startRun(db, await defineLifecycle(db, [{ name: "work" }]));
  const { id } = await stepOf(db, run, "work");
  await knowWorker(db, ++workerId);
  const { rows } = await db.query<BegunStep>("select * from steward_private.begin_jobs(array[$1::bigint], $2)", [
    id,
    workerId,
  ]);
  const lost = new AbortController();
  const runStep = createStepRunner({
    services: {} as never,
    works: new Map([
      [
        "work",
        async (step, services) => {
          const outcome = await work(step, services);
          await db.query("delete from steward_private.workers where id = $1", [workerId]);
          await db.query("select steward_private.rescue_steps(-1)");
          return outcome;
        },
      ],
    ]),
    log,
    stopping: new AbortController().signal,
    complete: createCompletions(db),
    onChange: () => undefined,
    onSuccess: () => undefined,
    running: createAttempts(),
    unrecorded: new Set(),
  });
  const session = { workerId, lost: lost.signal, isSure: () => true };
  const ended = runStep(rows[0] as BegunStep, session, db, () => undefined);
  await sleep(300);
  assert.is((await stepOf(db, run, "work")).attempts, 1);
  lost.abort(new EngineError(news));
  await ended;
  return (await stepOf(db, run, "work")).attempts;
}
