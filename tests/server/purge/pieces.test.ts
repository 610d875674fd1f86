import fc from "fast-check";
import { type Piece, split } from "steward/purge/pieces";
import { blockOf, blockStart } from "steward/purge/tids";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("pieces of a purge");

test("the parts of a range follow each other without a gap and end where it ends", () => {
  const inputs = [
    fc.nat(1e6),
    fc.nat(200),
    fc.integer({ min: 1, max: 1e6 }),
    fc.integer({ min: 1, max: 20_000 }),
  ] as const;
  fc.assert(
    fc.property(...inputs, (block, line, rows, maxRows) => {
      const range: Piece = { kind: "range", from: blockStart(block) + line, to: blockStart(block + 9_000) + 7, rows };
      const parts = splitAll(range, maxRows);
      let next = range.from;
      for (const part of parts) {
        if (part.kind !== "range") throw new Error("a part of a range is a range");
        assert.is(part.from, next);
        assert.ok(blockOf(part.to) - blockOf(part.from) < 4_000, "more pages than a batch may read");
        next = part.to + 1;
      }
      assert.is(next, range.to + 1);
    }),
    { numRuns: 50 },
  );
});

test("a range is cut to about as many rows as asked for", () => {
  const { head } = split({ kind: "range", from: 0, to: blockStart(1_000) - 1, rows: 20_000 }, 5_000);
  assert.equal(head, { kind: "range", from: 0, to: blockStart(250) - 1, rows: 5_000 });
});

test("a block is never cut, however many of the rows it may hold", () => {
  const range: Piece = { kind: "range", from: 3, to: 70, rows: 60 };
  assert.equal(split(range, 1), { head: range, rest: undefined });
});

test("the parts of a list are the list", () => {
  const tids = Float64Array.from({ length: 1_234 }, (_, index) => index);
  const parts = splitAll({ kind: "list", tids }, 500).map((part) => (part.kind === "list" ? [...part.tids] : []));
  assert.equal(
    parts.map((part) => part.length),
    [500, 500, 234],
  );
  assert.equal(parts.flat(), [...tids]);
});

function splitAll(piece: Piece, maxRows: number): Piece[] {
  const parts: Piece[] = [];
  for (let rest: Piece | undefined = piece; rest !== undefined; ) {
    const next: ReturnType<typeof split> = split(rest, maxRows);
    parts.push(next.head);
    rest = next.rest;
  }
  return parts;
}

test.run();
