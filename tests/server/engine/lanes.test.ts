// Providers in trouble: waited for without using up attempts, behind a circuit that all workers share; others are not held up.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { Work } from "steward/engine/step";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AppError } from "../../../server/errors.ts";
import { createDatabase, type TestDatabase, waitFor } from "../../helpers/database.ts";
import { startEngine, type TestEngine } from "../../helpers/engine.ts";
import { defineLifecycle, startRun, startRuns, statusOf, stepOf, violations } from "../../helpers/lifecycle.ts";

const test = suite("lanes");
const GENEROUS = { timeoutMs: 40_000 };
let database: TestDatabase;
let db: pg.Pool;
let engine: TestEngine;
let isDown = true;
let asked = 0;
const BEARS = 6;
let [underWay, refused] = [0, 0];

const works: Readonly<Record<string, Work>> = {
  async drive_call() {
    asked++;
    if (isDown) throw new AppError("ST501");
    return undefined;
  },
  async cloud_call() {
    return undefined;
  },
  async overloaded() {
    underWay++;
    await sleep(20);
    const isTooMuch = underWay-- > BEARS;
    if (!isTooMuch) return undefined;
    refused++;
    throw new AppError("ST504");
  },
  async throttled() {
    asked++;
    if (asked === 1) throw new AppError("ST602", { retryAfterMs: 3_000 });
    return undefined;
  },
};

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  engine = await startEngine({ connectionString: database.ownerUrl, works });
});
test.after(async () => {
  await engine.stop();
  await database.close();
});

test("a provider that is down: the circuit opens, one probe at a time asks, no attempt is used up, others go on", async () => {
  const drive = await defineLifecycle(db, [{ name: "drive_call", lane: "drive" }]);
  const cloud = await defineLifecycle(db, [{ name: "cloud_call", lane: "cloud" }]);
  const runs = await Promise.all(Array.from({ length: 15 }, () => startRun(db, drive)));
  await waitFor(async () => (await lane("drive")).open_until !== null, GENEROUS);
  const askedBefore = asked;
  const other = await startRun(db, cloud);
  await waitFor(async () => (await statusOf(db, other)) === "succeeded", GENEROUS);
  await waitFor(() => asked > askedBefore, { ...GENEROUS, what: "a probe" });
  assert.ok(asked - askedBefore <= 3, `${asked - askedBefore} asked while the circuit was open`);
  for (const run of runs) {
    const { status, attempts, error_code } = await stepOf(db, run, "drive_call");
    assert.ok(["retrying", "running", "queued"].includes(status), status);
    assert.ok(attempts <= 1); // one that is running just now
    if (status === "retrying") assert.equal([attempts, error_code], [0, "ST501"]);
  }
  isDown = false;
  await waitFor(
    async () => (await Promise.all(runs.map((run) => statusOf(db, run)))).every((status) => status === "succeeded"),
    GENEROUS,
  );
  assert.is((await lane("drive")).open_until, null);
});

test("Retry-After is honoured", async () => {
  asked = 0;
  const kind = await defineLifecycle(db, [{ name: "throttled", lane: "cloud" }]);
  const run = await startRun(db, kind);
  await waitFor(() => asked === 1, GENEROUS);
  const startedAt = performance.now();
  await waitFor(async () => (await statusOf(db, run)) === "succeeded", GENEROUS);
  assert.ok(performance.now() - startedAt > 2_900);
  assert.is((await stepOf(db, run, "throttled")).attempts, 1);
});

test("a service is given what it bears: few of its answers come too late, and all gets done", async () => {
  const runs = await startRuns(db, await defineLifecycle(db, [{ name: "overloaded", lane: "drive" }]), 120);
  await waitFor(async () => (await statuses(runs)).every((status) => status === "succeeded"), GENEROUS);
  assert.ok(refused <= 60, `${refused} refused`);
});

test("a bulk backlog is worked off, and a single run does not wait behind it", async () => {
  const kind = await defineLifecycle(db, [{ name: "cloud_call", lane: "cloud" }]);
  await startRuns(db, kind, 3_000);
  const single = await startRun(db, kind);
  await waitFor(async () => (await statusOf(db, single)) === "succeeded", GENEROUS);
  const left = async () => {
    const { rows } = await db.query<{ n: number }>(
      "select count(*)::int as n from steward.runs where finished_at is null",
    );
    return rows[0]?.n ?? 0;
  };
  assert.ok((await left()) > 0, "the single run came last");
  await waitFor(async () => (await left()) === 0, GENEROUS);
  assert.equal(await violations(db), []);
});

test.run();

async function statuses(runs: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ status: string }>("select status from steward.runs where id = any ($1)", [runs]);
  return rows.map(({ status }) => status);
}

async function lane(name: string): Promise<{ open_until: Date | null }> {
  const { rows } = await db.query<{ open_until: Date | null }>("select open_until from steward.lanes where name = $1", [
    name,
  ]);
  return rows[0] ?? { open_until: null };
}
