// Who is let in when: few at a time, and in rotation.

import { createRateLimiter } from "steward/http/rate-limit";
import { createTurns } from "steward/http/turns";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("turns");
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("so many at a time, so many of one, and others before the rest of the first", async () => {
  const turns = createTurns({ atOnce: 3, ofOne: 2, waiting: 100 });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (asker: string) =>
    void turns.take(asker).then((end) => {
      begun.push(asker);
      ends.push(end);
    });
  for (let n = 0; n < 5; n++) ask("flood");
  ask("ada");
  ask("bob");
  await settle();
  assert.equal(begun, ["flood", "flood", "ada"]);
  ends[0]?.();
  ends[0]?.();
  await settle();
  assert.equal(begun.slice(3), ["flood"], "ended twice is ended once");
  ends[1]?.();
  await settle();
  assert.equal(begun.slice(4), ["bob"]);
  for (const end of ends) end();
  await settle();
  assert.equal(begun.slice(5), ["flood", "flood"]);
});

test("one asker's queue is bounded, and nobody else's", async () => {
  const turns = createTurns({ atOnce: 1, ofOne: 1, waiting: 2 });
  const end = await turns.take("flood");
  const [next, last] = [turns.take("flood"), turns.take("flood")];
  await turns.take("flood").then(
    () => assert.unreachable(),
    ({ code }: { code: string }) => assert.is(code, "ST104"),
  );
  const ada = turns.take("ada");
  end();
  for (const turn of [next, ada, last]) (await turn)();
});

test("what turned out to cost much is made up for before anything more is to be had", () => {
  const limiter = createRateLimiter(10);
  limiter.take("ada");
  limiter.spend("ada", 1_000_000);
  assert.throws(
    () => limiter.take("ada"),
    ({ retryAfterMs }: { retryAfterMs: number }) => retryAfterMs > 4_000 && retryAfterMs < 5_500,
  );
  limiter.take("bob");
});

test.run();
