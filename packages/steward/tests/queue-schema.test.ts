// graphile-worker's queue in a schema of another name: everything works there.
import type { TestDatabase } from "steward/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createShop, order } from "./application.ts";

process.env["GRAPHILE_WORKER_SCHEMA"] = "app_queue";

const refused = new Set<string>();
const test = suite("a queue of another name");
let shop: TestDatabase;

test.before(async () => {
  shop = await createShop({ refused });
});
test.after(() => shop.close());

test("steps are executed, tried again and ended", async () => {
  refused.add("bob");
  const [ada, bob] = [await order(shop.pool, "ada"), await order(shop.pool, "bob")];
  await shop.pool.query("insert into public.orders (customer) select 'eve' from generate_series(1, 50)");
  await shop.drain();
  await shop.expectRun({ subject: ada, status: "succeeded" });
  await shop.expectStep({ subject: bob, name: "pack", status: "retrying" });
  refused.clear();
  await shop.moveClock("1 minute");
  await shop.drain();
  assert.is((await shop.findRuns({ status: "succeeded" })).length, 52);
});

test("views look there, and nothing is elsewhere", async () => {
  for (const view of ["jobs", "workers", "violations"])
    assert.equal((await shop.pool.query(`select * from steward.${view}`)).rows, [], view);
  const { rows } = await shop.pool.query("select to_regnamespace('graphile_worker') as elsewhere");
  assert.equal(rows, [{ elsewhere: null }]);
});

test.run();
