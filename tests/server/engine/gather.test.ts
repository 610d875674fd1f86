// Many calls in one statement: what each hears of, and how often one goes out.
import { setTimeout as sleep } from "node:timers/promises";
import { gather } from "steward/engine/gather";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("gathering");

test("what comes at the same moment goes together, and each hears of its own", async () => {
  const batches: number[] = [];
  const double = gather(async (items: readonly number[]) => {
    batches.push(items.length);
    return items.map((item) => 2 * item);
  });
  assert.equal(await Promise.all([1, 2, 3].map((item) => double(item))), [2, 4, 6]);
  assert.equal(batches, [3]);
});

test("after company the next ones wait for more company, after one alone they do not", async () => {
  const statements = async (together: number): Promise<number> => {
    let count = 0;
    const add = gather(
      async (items: readonly number[]) => {
        count++;
        return items;
      },
      { crowdedPaceMs: 2_000 },
    );
    await Promise.all(Array.from({ length: together }, (_, n) => add(n)));
    await Promise.race([add(0), sleep(500)]);
    return count;
  };
  assert.is(await statements(2), 1);
  assert.is(await statements(1), 2);
});

test.run();
