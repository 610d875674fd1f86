import { createRestraint, type Restraint } from "steward/purge/restraint";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("restraint of a gentle purge");
const QUIET = { commitMs: 2, waiting: 0 };

/** A restraint that knows what is usual. */
function informed(): Restraint {
  const restraint = createRestraint();
  for (let look = 0; look < 9; look++) restraint.noteUsual(QUIET);
  return restraint;
}

function repeat(times: number, work: () => void): void {
  for (let time = 0; time < times; time++) work();
}

test("what is no worse than usual lets it go on as it is", () => {
  const restraint = informed();
  repeat(20, () => restraint.noteAfterBatch({ commitMs: 2.9, waiting: 1 }));
  assert.is(restraint.most(16_000), 16_000);
  assert.is(restraint.restMs(), 10);
});

for (const [what, felt] of [
  ["commits that take more than half as long again", { commitMs: 3.1, waiting: 0 }],
  ["sessions that wait", { commitMs: 2, waiting: 2 }],
] as const)
  test(`${what}: first batches shrink, then rests grow, both to a bound`, () => {
    const restraint = informed();
    restraint.noteAfterBatch(felt);
    assert.is(restraint.most(16_000), 8_000);
    assert.is(restraint.restMs(), 10);
    repeat(2, () => restraint.noteAfterBatch(felt));
    assert.is(restraint.most(16_000), 4_000);
    assert.is(restraint.restMs(), 20);
    repeat(20, () => restraint.noteAfterBatch(felt));
    assert.is(restraint.restMs(), 100);
    assert.is(restraint.most(16_000), 4_000);
    assert.is(restraint.most(200), 100, "some progress is always made");
    assert.is(restraint.most(50), 50);
  });

test("once others feel nothing any more, it takes back first the rests, then the sizes", () => {
  const restraint = informed();
  repeat(8, () => restraint.noteAfterBatch({ commitMs: 9, waiting: 0 }));
  const rest = restraint.restMs();
  repeat(11, () => restraint.noteAfterBatch(QUIET));
  assert.ok(restraint.restMs() < rest);
  assert.is(restraint.most(16_000), 4_000);
  repeat(60, () => restraint.noteAfterBatch(QUIET));
  assert.is(restraint.restMs(), 10);
  assert.is(restraint.most(16_000), 16_000);
});

test("a machine that is busy with other things is not its doing", () => {
  const restraint = informed();
  repeat(41, () => restraint.noteUsual({ commitMs: 20, waiting: 6 }));
  restraint.noteAfterBatch({ commitMs: 25, waiting: 7 });
  assert.is(restraint.most(16_000), 16_000);
});

test("where a third of all commits is slow anyway, that is not its doing either", () => {
  const restraint = createRestraint();
  for (let look = 0; look < 41; look++) restraint.noteUsual({ commitMs: look % 3 === 0 ? 30 : 2, waiting: 0 });
  for (let batch = 0; batch < 100; batch++)
    restraint.noteAfterBatch({ commitMs: batch % 3 === 0 ? 30 : 2, waiting: 0 });
  assert.is(restraint.most(16_000), 16_000);
  assert.is(restraint.restMs(), 10);
});

test.run();
