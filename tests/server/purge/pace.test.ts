import { createPace } from "steward/purge/pace";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("pace of a purge");
const BOUNDS = { start: 10_000, min: 500, max: 20_000 };

/** Keeps the event loop busy, which a timer's precision would not. */
function take(ms: number) {
  return async () => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };
}

test("quick batches grow to the largest size and no further", async () => {
  const pace = createPace(BOUNDS);
  assert.is(pace.size(), 10_000);
  await pace.measure(take(0));
  await pace.measure(take(0));
  assert.is(pace.size(), 20_000);
});

test("slow batches shrink by half at most, down to the smallest size", async () => {
  const pace = createPace({ ...BOUNDS, start: 1_600 });
  await pace.measure(take(320));
  assert.is(pace.size(), 800);
  await pace.measure(take(250));
  assert.is(pace.size(), 500);
});

test("a batch that takes about as long as it should changes nothing", async () => {
  const pace = createPace(BOUNDS);
  await pace.measure(take(70));
  assert.is(pace.size(), 10_000);
});

test("a batch that fails counts too: one that waited for a lock is tried smaller", async () => {
  const pace = createPace(BOUNDS);
  await pace.measure(() => take(210)().then(() => Promise.reject(new Error("locked")))).catch(() => undefined);
  assert.is(pace.size(), 5_000);
});

test.run();
