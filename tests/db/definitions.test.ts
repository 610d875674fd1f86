// Definitions of lifecycles: what could never end is refused, and every run that is started ends, be there nothing to do.
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import type pg from "pg";
import { createParts } from "steward/engine/mending";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import {
  defineLifecycle,
  fail,
  jobsOf,
  mustBegin,
  request,
  startRun,
  statusOf,
  stepOf,
  stepsOf,
  succeed,
  violations,
} from "../helpers/lifecycle.ts";
import { untilBlocked } from "../helpers/locks.ts";
import { code } from "../helpers/sql-error.ts";

const test = suite("definitions");
let database: TestDatabase;
let db: pg.Pool;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
});
test.after(() => database.close());

test("steps that would wait for themselves, directly or through others, or for one that is not there, are refused", async () => {
  const refused = (...after: readonly (readonly string[])[]) =>
    code(
      defineLifecycle(
        db,
        after.map((names, i) => ({ name: `s${i}`, after: names })),
      ),
    );
  assert.is(await refused(["s0"]), "ST420");
  assert.is(await refused(["s1"], ["s0"]), "ST420");
  assert.is(await refused([], ["s0", "s3"], ["s1"], ["s2"]), "ST420");
  assert.is(await refused([], ["s0", "typo"]), "ST420");
  const kind = await defineLifecycle(db, [{ name: "a" }, { name: "b", after: ["a"] }]);
  const change = (sql: string, names = "{a,b}") =>
    db.query(`update steward.lifecycle_steps set ${sql} where kind = $1 and name = any ($2)`, [kind, names]);
  assert.is(await code(change("after = '{b}'")), "ST420");
  assert.is(await code(change("name = 'c'", "{a}")), "ST420");
  assert.is(
    await code(db.query("delete from steward.lifecycle_steps where kind = $1 and name = 'a'", [kind])),
    "ST420",
  );
  await change("name = case name when 'a' then 'c' else name end, after = array_replace(after, 'a', 'c')");
});

for (const [isolation, refusal] of [
  ["read committed", "ST420"],
  ["repeatable read", "40001"],
]) {
  test(`two who close a circle together are not both let through: ${isolation}`, async () => {
    const kind = await defineLifecycle(db, [{ name: "a" }, { name: "b" }]);
    const [first, second] = await Promise.all([db.connect(), db.connect()]);
    const change = (client: pg.PoolClient, name: string, after: string) =>
      client.query("update steward.lifecycle_steps set after = array[$3] where kind = $1 and name = $2", [
        kind,
        name,
        after,
      ]);
    for (const client of [first, second]) {
      await client.query(`begin isolation level ${isolation}`);
      await client.query("select from steward.lifecycle_steps"); // takes the snapshot
    }
    await change(first, "a", "b");
    const refused = code(change(second, "b", "a"));
    await untilBlocked(db);
    await first.query("commit");
    assert.is(await refused, refusal);
    for (const client of [first, second]) client.release(true);
  });
}

test("a run of a kind that is not there, or has no steps, is not started; nor is a batch asked for that is not there", async () => {
  const start = (kind: string) =>
    code(db.query("select steward.start_runs($1, 'app_public.users', $2)", [kind, [randomUUID()]]));
  assert.is(await start("nope"), "ST422");
  assert.is(await start(await defineLifecycle(db, [])), "ST422");
  const run = await startRun(db, await defineLifecycle(db, [{ name: "single" }]));
  assert.is(await code(request(db, run, "nope", ["x"])), "ST422");
  assert.is(await code(request(db, run, "single", ["x"])), "ST422");
});

test("what comes after a batch without items begins when those before the batch have succeeded", async () => {
  const kind = await defineLifecycle(db, [
    { name: "first" },
    { name: "batch", isBatch: true, after: ["first"] },
    { name: "last", after: ["batch"] },
  ]);
  const run = await startRun(db, kind);
  await mend();
  assert.equal(await jobsOf(db, run), ["first"]);
  await succeed(db, await mustBegin(db, (await stepOf(db, run, "first")).id, 1));
  assert.equal(await jobsOf(db, run), ["first", "last"]);
  await succeed(db, await mustBegin(db, (await stepOf(db, run, "last")).id, 1));
  assert.is(await statusOf(db, run), "succeeded");
});

test("a run that has nothing but batches without items goes on, and ends", async () => {
  const after = await startRun(
    db,
    await defineLifecycle(db, [
      { name: "batch", isBatch: true },
      { name: "last", after: ["batch"] },
    ]),
  );
  const only = await startRun(db, await defineLifecycle(db, [{ name: "batch", isBatch: true }]));
  const busy = await startRun(
    db,
    await defineLifecycle(db, [
      { name: "batch", isBatch: true },
      { name: "last", after: ["batch"] },
    ]),
  );
  await request(db, busy, "batch", ["x"]);
  await mend();
  assert.equal(
    [await statusOf(db, only), await jobsOf(db, after), await jobsOf(db, busy)],
    ["succeeded", ["last"], ["batch/x"]],
  );
  await succeed(db, await mustBegin(db, (await stepOf(db, after, "last")).id, 1));
  assert.is(await statusOf(db, after), "succeeded");
  await db.query("select steward_private.cancel_runs($1)", [[busy]]);
});

test("what waits for a step that failed is cancelled, be there a batch without items between them", async () => {
  const kind = await defineLifecycle(db, [
    { name: "first" },
    { name: "batch", isBatch: true, after: ["first"] },
    { name: "next", after: ["batch"] },
    { name: "last", after: ["next"] },
  ]);
  const run = await startRun(db, kind);
  await fail(db, await mustBegin(db, (await stepOf(db, run, "first")).id, 1), "never");
  assert.is(await statusOf(db, run), "failed");
  assert.equal(
    (await stepsOf(db, run)).map((step) => step.status),
    ["failed", "cancelled", "cancelled"],
  );
});

test("a run keeps the order with which it was started, whatever becomes of its definition", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }, { name: "b", after: ["a"] }]);
  const run = await startRun(db, kind);
  await db.query("delete from steward.lifecycle_steps where kind = $1", [kind]);
  await succeed(db, await mustBegin(db, (await stepOf(db, run, "a")).id, 1));
  await succeed(db, await mustBegin(db, (await stepOf(db, run, "b")).id, 1));
  assert.is(await statusOf(db, run), "succeeded");
});

test("nothing of all this broke a promise", async () => assert.equal(await violations(db), []));

test("a definition starts runs, or is refused with ST420 and a sentence", async () => {
  const text = fc.oneof(
    fc.constantFrom(
      "a",
      "b",
      "database",
      "nope",
      "",
      "A",
      "a b",
      "a\u0000",
      "1 s",
      "-1 s",
      "1000000 years",
      "infinity",
      "yes",
    ),
    fc.string({ maxLength: 80 }),
  );
  const value = fc.oneof(
    text,
    fc.constantFrom(0, -1, 1, 3, 1.5, 32767, 32768, 1e300, null, true, {}, [], [null], ["a"], ["a", "a"]),
    fc.array(text, { maxLength: 2 }),
  );
  const known = ["task", "lane", "lane_by", "batch", "after", "timeout", "max_attempts", "priority"];
  const entries = <T>(keys: fc.Arbitrary<string>, values: fc.Arbitrary<T>) =>
    fc.array(fc.tuple(keys, values), { maxLength: 3 });
  const good = fc.constantFrom<[string, unknown][]>(
    [],
    [["timeout", "2 s"]],
    [["max_attempts", 32767]],
    [["priority", 10000]],
    [["batch", true]],
    [["after", "a"]],
  );
  const step = fc.oneof(
    { weight: 3, arbitrary: good },
    entries(fc.oneof(fc.constantFrom(...known), text), value),
    value,
  );
  // Not an object: the same name may come twice.
  const write = (part: unknown): string =>
    Array.isArray(part) && part.every((pair) => Array.isArray(pair))
      ? `{${part.map(([key, content]) => `${JSON.stringify(key)}: ${write(content)}`).join(", ")}}`
      : JSON.stringify(part);
  const definition = fc.record({
    kind: fc.oneof({ weight: 4, arbitrary: fc.constant("fuzzed") }, { weight: 1, arbitrary: fc.option(text) }),
    description: fc.oneof({ weight: 4, arbitrary: fc.constant("x") }, { weight: 1, arbitrary: fc.option(text) }),
    steps: fc.oneof(entries(fc.constantFrom("a", "b"), step), entries(text, step), value),
    keep: fc.oneof(
      { weight: 4, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constantFrom("0", "-1 day", "999999 years", "1 day") },
    ),
    hook: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: text }),
  });
  const isSendable = (part: unknown) => !String(part).includes("\u0000");
  let defined = 0;
  await fc.assert(
    fc.asyncProperty(definition, async ({ kind, description, steps, keep, hook }) => {
      fc.pre(isSendable(kind) && isSendable(description) && isSendable(hook));
      const said = await code(
        db.query("select steward.define_lifecycle($1, $2, $3, on_change => $4, keep => $5)", [
          kind,
          description,
          write(steps),
          hook,
          keep,
        ]),
      );
      if (said === "ST420") return;
      assert.is(said, undefined, write(steps));
      defined += 1;
      await db.query(
        "select steward.start_runs($1, 'public.things', array(select n::text from generate_series(1, 30) n))",
        [kind],
      );
      await db.query("select * from steward.cancel(lifecycle => $1)", [kind]);
      await db.query("select steward.drop_lifecycle($1)", [kind]);
    }),
    { numRuns: 200 },
  );
  assert.ok(defined > 0, "some were valid");
});

test.run();

async function mend(): Promise<void> {
  for (const part of createParts()) await part(db);
}
