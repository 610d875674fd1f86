import type { PurgeIo, PurgeProgress } from "steward/purge";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { count, fill, GONE, OTHER, openTable, pool, purge, query, transaction } from "../../helpers/purging.ts";

const test = suite("purging a table");
openTable(test);

test("all of the user's rows go and none of another's, where they lie close together", async () => {
  await fill(100_000, 2);
  assert.equal(await purge(), { outcome: "done", done: 50_000, total: 50_000 });
  assert.is(await count(GONE), 0);
  assert.is(await count(OTHER), 50_000);
});

test("... and where they lie far apart", async () => {
  await fill(100_000, 50);
  assert.equal(await purge(), { outcome: "done", done: 2_000, total: 2_000 });
  assert.is(await count(GONE), 0);
  assert.is(await count(OTHER), 98_000);
});

test("... and where close and far take turns", async () => {
  for (const [rows, every] of [
    [9_000, 1],
    [60_000, 40],
    [45_000, 1],
    [60_000, 60],
    [10, 10],
  ] as const)
    await fill(rows, every);
  const owned = await count(GONE);
  const others = await count(OTHER);
  assert.equal(await purge(), { outcome: "done", done: owned, total: owned });
  assert.is(await count(GONE), 0);
  assert.is(await count(OTHER), others);
});

test("gently it takes smaller batches, and rests at least as long as each took", async () => {
  await fill(60_000, 2);
  const batches: number[] = [];
  let last = 0;
  let [busy, begun] = [0, performance.now()];
  const started = begun;
  const onBatch = ({ done }: PurgeProgress) => {
    batches.push(done - last);
    last = done;
    busy += performance.now() - begun;
  };
  const timed: PurgeIo["transaction"] = (work) => {
    begun = performance.now();
    return transaction(work);
  };
  assert.equal(await purge({ pace: "gentle", onBatch, transaction: timed }), {
    outcome: "done",
    done: 30_000,
    total: 30_000,
  });
  assert.ok((batches[0] ?? 0) <= 1_500, `the first batch took ${batches[0]}`);
  assert.ok(performance.now() - started > 2 * busy, "it worked more than half of the time");
  assert.is(await count(GONE), 0);
});

test("a user without rows is done at once", async () => {
  assert.equal(await purge(), { outcome: "done", done: 0, total: 0 });
});

test("rows from after the cut-off stay", async () => {
  await fill(3_000, 3);
  const { rows } = await query("select max(id) as cutoff from app_public.labels");
  await fill(1_000, 2);
  assert.is((await purge({ cutoff: rows[0].cutoff })).done, 1_000);
  assert.is(await count(GONE), 500);
});

test("the signal ends it after the present batch; another job goes on, and progress only grows", async () => {
  await fill(120_000, 2);
  const seen: PurgeProgress[] = [];
  const stop = new AbortController();
  const onBatch = (progress: PurgeProgress) => {
    seen.push(progress);
    if (seen.length === 2) stop.abort();
  };
  const first = await purge({ signal: stop.signal, onBatch });
  assert.is(first.outcome, "continue");
  assert.is(seen.length, 2);
  assert.is(first.done, seen[1]?.done);
  assert.is(await count(GONE), 60_000 - first.done);

  const second = await purge({ before: first, onBatch });
  assert.equal(second, { outcome: "done", done: 60_000, total: 60_000 });
  const dones = seen.map(({ done }) => done);
  assert.equal(
    dones,
    dones.toSorted((a, b) => a - b),
  );
});

test("when the time is up, another job must go on", async () => {
  await fill(60_000, 1);
  const result = await purge({ budgetMs: 1 });
  assert.is(result.outcome, "continue");
  assert.is(await count(GONE), 60_000 - result.done);
});

test("a deadlock or a serialization failure costs the batch another try", async () => {
  await fill(30_000, 1);
  const failures = ["40P01", "40001", "55P03"];
  const result = await purge({
    transaction: async (work) => {
      const code = failures.pop();
      if (code !== undefined)
        throw new Error("the batch was rolled back", { cause: Object.assign(new Error(), { code }) });
      return transaction(work);
    },
  });
  assert.equal(result, { outcome: "done", done: 30_000, total: 30_000 });
});

test("any other failure ends it, with no batch half done and no connection lost", async () => {
  await fill(60_000, 1);
  let done = 0;
  const lost = purge({
    onBatch: (progress) => {
      if (done > 0) throw new Error("the lease is lost");
      done = progress.done;
    },
  });
  await lost.then(
    () => assert.unreachable(),
    (error) => assert.is(error.message, "the lease is lost"),
  );
  assert.is(await count(GONE), 60_000 - done);
  assert.is(pool.idleCount, pool.totalCount);
});

test("a lost connection ends it, and it goes on from there", async () => {
  await fill(60_000, 1);
  let done = 0;
  const broken = purge({
    onBatch: async (progress) => {
      if (progress.done > 10_000)
        await query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'purge' and datname = current_database()",
        );
      else done = progress.done;
    },
  });
  await broken.then(
    () => assert.unreachable(),
    () => undefined,
  );
  assert.is(await count(GONE), 60_000 - done);
  assert.equal(await purge({ before: { done, total: null } }), { outcome: "done", done: 60_000, total: 60_000 });
});

test.run();
