// steward/testing, as an application uses it.
import { AssertionError } from "node:assert";
import type { TestDatabase } from "steward/testing";
import { ensureOwner, prepareServer } from "steward/testing/server";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createShop, order } from "./application.ts";

const refused = new Set<string>();
const test = suite("testing helpers");
let shop: TestDatabase;

test.before.each(async () => {
  refused.clear();
  shop = await createShop({ refused });
});
test.after.each(() => shop.close());

test("what is enqueued can be asserted before anything is executed", async () => {
  const id = await order(shop.pool, "ada");
  const run = await shop.expectRun({
    kind: "order",
    table: "public.orders",
    subject: id,
    owner: "ada",
    status: "pending",
  });
  await shop.expectStep({ run: run.id, name: "pack", status: "queued" });
  await shop.expectStep({ run: run.id, name: "ship", status: "waiting" });
  await shop.expectNoRun({ kind: "order", owner: "bob" });
  assert.is(await failed(shop.expectNoRun({ owner: "ada" })), "there is a run that must not be");
  assert.is(await failed(shop.expectStep({ name: "bill" })), "no step is as expected");
});

test("drain executes all steps that are due, and those that follow them", async () => {
  const id = await order(shop.pool, "ada");
  await shop.drain();
  await shop.expectRun({ subject: id, status: "succeeded" });
  const { rows } = await shop.pool.query("select state from public.orders");
  assert.equal(rows, [{ state: "shipped" }]);
});

test("a step that failed waits for its next try, which the clock brings", async () => {
  refused.add("bob");
  const id = await order(shop.pool, "bob");
  await shop.drain();
  const { attempts } = await shop.expectStep({ subject: id, name: "pack", status: "retrying" });
  assert.is(attempts, 1);
  await shop.drain();
  assert.is((await shop.expectStep({ subject: id, name: "pack", status: "retrying" })).attempts, 1);
  refused.clear();
  await shop.moveClock("1 minute");
  await shop.drain();
  await shop.expectRun({ subject: id, status: "succeeded" });
});

test("a step whose attempts are used up fails its run", async () => {
  refused.add("bob");
  const id = await order(shop.pool, "bob");
  for (let attempt = 0; attempt < 3; attempt++) {
    await shop.drain();
    await shop.moveClock("1 hour");
  }
  await shop.expectRun({ subject: id, status: "failed", kind: "order" });
  await shop.expectStep({ subject: id, name: "ship", status: "cancelled" });
});

test("drain says what is still due when it takes too long", async () => {
  const id = await order(shop.pool, "ada");
  const locked = await shop.pool.connect();
  try {
    await locked.query("begin");
    await locked.query("select from public.orders for update");
    assert.match(await failed(shop.drain({ timeoutMs: 500 })), `still due after 500 ms: pack of public.orders ${id}`);
  } finally {
    await locked.query("rollback");
    locked.release();
  }
});

test("several test files may prepare one server at once", async () => {
  const { url } = await prepareServer("steward_test");
  await Promise.all(Array.from({ length: 12 }, () => ensureOwner(url, "steward_crowd")));
});

async function failed(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AssertionError || error instanceof Error) return error.message;
  }
  throw new Error("it did not fail");
}

test.run();
