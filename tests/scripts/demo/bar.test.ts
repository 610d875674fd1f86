import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { suite } from "uvu";
import { drawBar, follow } from "../../../scripts/demo/bar.ts";

const test = suite("demo/bar");
const never = new AbortController().signal;

/** Where the demo writes to, and what it wrote. */
function output(isTTY: boolean): { stream: NodeJS.WriteStream; written: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 40 }) as unknown as NodeJS.WriteStream;
  const chunks: string[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  return { stream, written: () => chunks.join("") };
}

/** Two looks: half way, then over. */
function twoLooks() {
  const looks = [
    { done: 1, total: 2, note: "1 of 2", isOver: false },
    { done: 2, total: 2, note: "2 of 2", isOver: true },
  ];
  return async () => looks.shift() ?? assert.fail("looked again after the end");
}

test("a bar is as full as the work is done", () => {
  const full = (done: number, total: number) => drawBar("x", { done, total, isOver: false }).split("█").length - 1;
  assert.equal(full(0, 10), 0);
  assert.equal(full(5, 10), 6);
  assert.equal(full(10, 10), 12);
  assert.equal(full(11, 10), 12);
  assert.equal(full(0, 0), 0);
});

test("100 % is said only when all is done", () => {
  assert.match(drawBar("x", { done: 999, total: 1_000, isOver: false }), / 99 %$/);
  assert.match(drawBar("x", { done: 1_000, total: 1_000, note: "all", isOver: true }), /100 % {2}all$/);
});

test("on a terminal the line is redrawn, never wider than the terminal", async () => {
  const { stream, written } = output(true);
  await follow("x", never, twoLooks(), stream);
  const lines = written().split("\r\x1b[2K").slice(1);
  assert.equal(lines.length, 2);
  for (const line of lines) assert.ok(line.trimEnd().length < 40);
  assert.ok(written().endsWith("\n"));
});

test("elsewhere plain lines are written, the last one always", async () => {
  const { stream, written } = output(false);
  const last = await follow("x", never, twoLooks(), stream);
  assert.equal(last.done, 2);
  assert.ok(!written().includes("\x1b"));
  assert.match(written(), /1 of 2\n.*2 of 2\n$/);
});

test("an abort ends the waiting", async () => {
  const { stream } = output(false);
  const stopping = new AbortController();
  const following = follow("x", stopping.signal, async () => ({ done: 0, total: 1, isOver: false }), stream);
  stopping.abort();
  await assert.rejects(following, { name: "AbortError" });
});

test.run();
