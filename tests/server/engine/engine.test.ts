// Steps run by a real worker in this process, with tasks made up here: what they hear, and what they may still do.
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Step, Work } from "steward/engine/step";
import { StewardError } from "steward/errors";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AppError } from "../../../server/errors.ts";
import { createDatabase, type TestDatabase, waitFor } from "../../helpers/database.ts";
import { startEngine, type TestEngine } from "../../helpers/engine.ts";
import {
  defineLifecycle,
  knowWorker,
  mustBegin,
  request,
  startRun,
  statusOf,
  stepOf,
  stepsOf,
  violations,
} from "../../helpers/lifecycle.ts";

const test = suite("engine");
const GENEROUS = { timeoutMs: 30_000 };
let database: TestDatabase;
let db: pg.Pool;
let engine: TestEngine;

/** What the tasks do, by the name of their step: each test brings its own. */
const works = new Map<string, Work>();
const dispatch: Work = async (step, services) => {
  const { name } = await stepNamed(step.id);
  return (await works.get(name)?.(step, services)) ?? undefined;
};

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  await db.query("create table app_private.test_marks (run_id uuid, mark text)");
  engine = await startEngine({ connectionString: database.ownerUrl, works: { dispatch } });
});
test.after(async () => {
  await engine.stop();
  await database.close();
});

test("before its first step a worker has open connections with plans made", async () => {
  await waitFor(async () => {
    const { rows } = await db.query<{ name: string; n: number }>(
      `select application_name as name, count(*)::int as n from pg_stat_activity
       where datname = current_database() and state = 'idle' and query like '%succeed_steps(''{}'', ''{}'')'
       group by 1 order by 1`,
    );
    return (
      JSON.stringify(rows.map(({ name, n }) => [name, n])) === '[["steward worker",3],["steward worker backlog",1]]'
    );
  });
});

test("steps run one after the other, and what they write commits with their completion", async () => {
  const order: string[] = [];
  const kind = await define({
    first: async (step) => {
      order.push("first");
      return (client) => client.query(MARK, [step.runId, "first"]);
    },
    second: async (step) => {
      order.push(`second after ${await marks(step.runId)}`);
      return undefined;
    },
  });
  const run = await startRun(db, kind);
  await ended(run, "succeeded");
  assert.equal(order, ["first", "second after first"]);
});

test("effects of an attempt that failed are not there", async () => {
  let attempts = 0;
  const kind = await define({
    a: async (step) => {
      attempts++;
      return async (client) => {
        await client.query(MARK, [step.runId, `attempt ${attempts}`]);
        if (attempts === 1) throw new Error("after the write");
      };
    },
  });
  const run = await startRun(db, kind);
  await ended(run, "succeeded");
  assert.is(await marks(run), "attempt 2");
  assert.is((await stepOf(db, run, "a")).attempts, 2);
});

test("a task that hangs is given up at its timeout and tried again, and may do nothing more", async () => {
  const late: string[] = [];
  const hung: Step[] = [];
  const kind = await define(
    {
      a: async (step) => {
        hung.push(step);
        if (hung.length > 1) return undefined;
        await new Promise(() => undefined);
      },
    },
    { timeout: 0.3 },
  );
  const run = await startRun(db, kind);
  await ended(run, "succeeded");
  const [old] = hung;
  assert.is((await stepOf(db, run, "a")).attempts, 2);
  assert.is(old?.signal.aborted, true);
  assert.throws(
    () => old?.guard(),
    (error: unknown) => error instanceof StewardError,
  );
  await old?.transaction(async () => void late.push("wrote")).catch(() => undefined);
  assert.equal(late, []);
});

test("after its last attempt a step that always hangs has failed with ST401", async () => {
  const kind = await define({ a: () => new Promise(() => undefined) }, { timeout: 0.2, maxAttempts: 2 });
  const run = await startRun(db, kind);
  await ended(run, "failed");
  const { error_code, attempts } = await stepOf(db, run, "a");
  assert.equal([error_code, attempts], ["ST401", 2]);
});

test("a statement that hangs is cancelled in Postgres, whether it reads or writes", async () => {
  let attempts = 0;
  const kind = await define(
    {
      a: async (step) => {
        attempts++;
        if (attempts === 1) await step.query("select pg_sleep(60) as hung");
        if (attempts === 2) await step.transaction((client) => client.query("select pg_sleep(60) as hung"));
        if (attempts === 3) return (client) => client.query("select pg_sleep(60) as hung");
      },
    },
    { timeout: 0.5, maxAttempts: 4 },
  );
  const run = await startRun(db, kind);
  await ended(run, "succeeded");
  assert.is(attempts, 4);
  const { rows } = await db.query(
    "select from pg_stat_activity where query like '%as hung' and state = 'active' and datname = current_database()",
  );
  assert.is(rows.length, 0);
});

test("a running task hears of being cancelled, and can write no more", async () => {
  const heard = Promise.withResolvers<string>();
  const kind = await define({
    a: async (step) => {
      await aborted(step);
      heard.resolve(await step.transaction((client) => client.query(MARK, [step.runId, "late"])).then(String, codeOf));
    },
  });
  const run = await startRun(db, kind);
  await running(run);
  await db.query("select steward_private.cancel_runs($1)", [[run]]);
  assert.is(await heard.promise, "ST404");
  assert.is(await marks(run), "");
  await waitFor(async () => (await stepOf(db, run, "a")).worker_id === null, GENEROUS);
  assert.is((await stepOf(db, run, "a")).status, "cancelled");
});

test("a running task hears of being suspended; resumed, it begins again without an attempt used", async () => {
  const attempts: number[] = [];
  const kind = await define({
    a: async (step) => {
      attempts.push(attempts.length);
      if (attempts.length === 1) await aborted(step);
    },
  });
  const run = await startRun(db, kind);
  await running(run);
  await db.query("select steward_private.suspend_runs($1)", [[run]]);
  await waitFor(async () => (await stepOf(db, run, "a")).worker_id === null, GENEROUS);
  assert.is(await statusOf(db, run), "suspended");
  await db.query("select steward_private.resume_runs($1)", [[run]]);
  await ended(run, "succeeded");
  assert.is((await stepOf(db, run, "a")).attempts, 1);
  assert.is(attempts.length, 2);
});

test("a step that goes on in a further attempt uses up none and keeps its progress", async () => {
  let portions = 0;
  const kind = await define({
    a: async (step) => {
      portions++;
      await step.transaction((client) =>
        client.query("select steward_private.save_progress($1, $2, 5)", [step.id, portions]),
      );
      return portions < 5 ? "continue" : undefined;
    },
  });
  const run = await startRun(db, kind);
  await ended(run, "succeeded");
  const { rows } = await db.query("select attempts, done, total from steward.steps where run_id = $1", [run]);
  assert.equal(rows, [{ attempts: 1, done: "5", total: "5" }]);
});

test("a step changed while it runs runs once more", async () => {
  const seen: number[] = [];
  let version = 1;
  const gate = Promise.withResolvers<void>();
  const kind = await define(
    {
      member: async () => {
        seen.push(version);
        if (seen.length === 1) await gate.promise;
      },
    },
    { isBatch: true },
  );
  const run = await startRun(db, kind);
  await request(db, run, "member", ["x"]);
  await waitFor(() => seen.length === 1, GENEROUS);
  version = 2;
  await request(db, run, "member", ["x"]);
  gate.resolve();
  await ended(run, "succeeded");
  assert.equal(seen, [1, 2]);
});

test("a member that failed for good fails the run; a retry re-does only that one", async () => {
  const calls: string[] = [];
  let broken = true;
  const kind = await define(
    {
      member: async (step) => {
        calls.push(String(step.item));
        if (step.item === "y" && broken) throw new AppError("ST609");
      },
    },
    { isBatch: true },
  );
  const run = await startRun(db, kind);
  await request(db, run, "member", ["x", "y", "z"]);
  await ended(run, "failed");
  assert.equal(calls.sort(), ["x", "y", "z"]);
  broken = false;
  await db.query("select steward_private.retry_runs($1)", [[run]]);
  await ended(run, "succeeded");
  assert.equal(calls.slice(3), ["y"]);
});

test("a worker that loses only its session may act no more at once, and begins its steps again without an attempt used", async () => {
  const guarded: Promise<string>[] = [];
  const kind = await define({
    a: async (step) => {
      if (guarded.length > 0) return undefined;
      guarded.push(
        aborted(step)
          .then(() => step.guard())
          .then(String, codeOf),
      );
      await new Promise(() => undefined);
    },
  });
  const run = await startRun(db, kind);
  await running(run);
  await endPresence();
  assert.is(await guarded[0], "ST408");
  await ended(run, "succeeded");
  assert.is((await stepOf(db, run, "a")).attempts, 1);
});

test("a rescue that Postgres refuses costs no worker its session", async () => {
  const superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  const rename = (from: string, to: string) =>
    superuser.query(`alter function steward_private.${from}(integer) rename to ${to}`);
  const presences = async () =>
    (
      await db.query(
        "select pid from pg_stat_activity where application_name = 'steward presence' and datname = current_database()",
      )
    ).rows;
  const before = await presences();
  const kind = await define({ a: async () => void (await sleep(2_000)) });
  await rename("rescue_steps", "not_there");
  try {
    await knowWorker(db, 901); // whom nobody has heard of lately
    await db.query(
      "update steward_private.workers set uses_lock = false, seen_at = now() - interval '1 minute' where id = 901",
    );
    const run = await startRun(db, kind);
    await ended(run, "succeeded");
    assert.is((await stepOf(db, run, "a")).lease, 1);
    assert.equal(await presences(), before);
  } finally {
    await rename("not_there", "rescue_steps");
    await superuser.end();
  }
  await waitFor(async () => (await db.query("select from steward_private.workers where id = 901")).rowCount === 0);
});

test("a step that a worker holds without running it (the answer to its begin was lost) is given back", async () => {
  let runs = 0;
  const kind = await define({ a: async () => void runs++ }, { lane: "cloud" });
  const client = await db.connect();
  await client.query("begin");
  const run = await startRun(client, kind);
  await mustBegin(client, (await stepOf(client, run, "a")).id, engine.workerId);
  await client.query("commit");
  client.release();
  await ended(run, "succeeded");
  assert.is(runs, 1);
  assert.is((await stepOf(db, run, "a")).attempts, 1);
});

test("what began without its worker ever hearing of it uses up no attempt where the worker has meanwhile been taken for gone", async () => {
  const other = await startEngine({ connectionString: database.ownerUrl, works: { dispatch } });
  const client = await db.connect();
  const runs: string[] = [];
  await client.query("begin");
  for (const maxAttempts of [1, 3]) {
    const run = await startRun(client, await define({ a: async () => undefined }, { maxAttempts }));
    await mustBegin(client, (await stepOf(client, run, "a")).id, other.workerId);
    runs.push(run);
  }
  await client.query(
    "with gone as (delete from steward_private.workers where id = $1 returning session_pid) select pg_terminate_backend(session_pid) from gone",
    [other.workerId],
  );
  await client.query("commit");
  client.release();
  for (const run of runs) {
    await ended(run, "succeeded");
    assert.is((await stepOf(db, run, "a")).attempts, 1);
  }
  await other.stop();
});

test("whoever locks a run for long holds up its end, but no worker", async () => {
  const gate = Promise.withResolvers<void>();
  const kind = await define({ a: () => gate.promise.then(() => undefined) });
  const other = await startRun(db, kind);
  await running(other);
  const batch = await define({ member: async () => undefined }, { isBatch: true });
  const run = await startRun(db, batch);
  const client = await db.connect();
  await client.query("begin");
  await client.query("select from steward.runs where id = $1 for share", [run]);
  await request(db, run, "member", ["x"]);
  await waitFor(async () => (await stepOf(db, run, "member", "x")).status === "succeeded", GENEROUS);
  await sleep(7_000); // longer than any patience of the worker's session
  assert.equal(
    (await presences()).map((row) => row.id),
    [engine.workerId],
  );
  await client.query("commit");
  client.release();
  await ended(run, "succeeded");
  gate.resolve();
  await ended(other, "succeeded");
  assert.is((await stepOf(db, other, "a")).attempts, 1);
});

test("a worker that stops gives back what it could not end, at once and without an attempt used", async () => {
  const second = await startEngine({ connectionString: database.ownerUrl, works: { dispatch } });
  await engine.stop();
  let stopped = false;
  const kind = await define(
    {
      deaf: async (step) => {
        if (!stopped) await aborted(step);
      },
      listening: async (step) => {
        if (stopped) return undefined;
        await new Promise((resolve) => step.stopping.addEventListener("abort", resolve, { once: true }));
        return "continue";
      },
    },
    { parallel: true },
  );
  const run = await startRun(db, kind);
  await waitFor(async () => (await stepsOf(db, run)).every((step) => step.status === "running"), GENEROUS);
  await second.stop();
  stopped = true;
  assert.equal(
    (await stepsOf(db, run)).map(({ status, attempts, worker_id }) => ({ status, attempts, worker_id })),
    [
      { status: "queued", attempts: 0, worker_id: null },
      { status: "queued", attempts: 0, worker_id: null },
    ],
  );
  assert.equal((await db.query("select from steward_private.workers")).rows, []);
  engine = await startEngine({ connectionString: database.ownerUrl, works: { dispatch } });
  await ended(run, "succeeded");
});

test("nothing of all this broke a promise", async () => {
  assert.equal(await violations(db), []);
});

test.run();

const MARK = "insert into app_private.test_marks (run_id, mark) values ($1, $2)";

interface Settings {
  readonly timeout?: number;
  readonly maxAttempts?: number;
  readonly isBatch?: boolean;
  readonly lane?: "database" | "drive" | "cloud";
  /** Otherwise each step waits for the one before it. */
  readonly parallel?: boolean;
}

/** A lifecycle whose steps do this. */
async function define(
  steps: Readonly<Record<string, Work>>,
  { parallel, ...settings }: Settings = {},
): Promise<string> {
  const names = Object.keys(steps);
  for (const [name, work] of Object.entries(steps)) works.set(name, work);
  return defineLifecycle(
    db,
    names.map((name, i) => ({
      name,
      task: "dispatch",
      after: parallel ? [] : names.slice(Math.max(0, i - 1), i),
      ...settings,
    })),
  );
}

async function stepNamed(id: string): Promise<{ name: string }> {
  const { rows } = await db.query<{ name: string }>("select name from steward.steps where id = $1", [id]);
  if (rows[0] === undefined) throw new Error(`there is no step ${id}`);
  return rows[0];
}

async function ended(run: string, status: string): Promise<void> {
  await waitFor(async () => ["succeeded", "failed"].includes((await statusOf(db, run)) ?? ""), GENEROUS);
  assert.is(await statusOf(db, run), status);
}

async function running(run: string): Promise<void> {
  await waitFor(async () => (await stepsOf(db, run)).some((step) => step.status === "running"), GENEROUS);
}

async function marks(run: string): Promise<string> {
  const { rows } = await db.query<{ mark: string }>("select mark from app_private.test_marks where run_id = $1", [run]);
  return rows.map((row) => row.mark).join();
}

function aborted(step: Step): Promise<unknown> {
  return new Promise((resolve) => step.signal.addEventListener("abort", resolve, { once: true }));
}

function codeOf(error: unknown): string {
  return error instanceof StewardError ? error.code : String(error);
}

/** Ids of the workers that hold their lock. */
async function presences(): Promise<{ id: number }[]> {
  const { rows } = await db.query<{ id: number }>(
    `select w.id from steward_private.workers w join pg_locks l on l.locktype = 'advisory' and l.classid = 1398031447 and l.objid = w.id
     where l.granted and l.database = (select oid from pg_database where datname = current_database())`,
  );
  return rows;
}

async function endPresence(): Promise<void> {
  await db.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'steward presence' and datname = current_database()",
  );
}
