// The page in a real browser, on a real server with a worker. With very many runs.
// test-timeout: 300
import * as assert from "uvu/assert";
import { type Tab } from "../helpers/browser.ts";
import { pageSuite } from "./page.ts";
import type { Shop } from "./shop.ts";

const page = pageSuite("many runs");
const { test, open } = page;
let shop: Shop;
let tab: Tab;
page.ready((ready) => {
  ({ shop, tab } = ready);
});

test("with 100,000 runs every view shows soon", async () => {
  await shop.database.pool.query(`
    insert into steward.runs (kind, subject_table, subject_id, owner_id, status, total, done, created_at, started_at, finished_at)
    select 'order', 'public.orders', 'old ' || g, 'ada', 'succeeded', 4, 4, now() - interval '2 days', now() - interval '2 days', now() - interval '2 days'
    from generate_series(1, 100000) g`);
  await shop.database.pool.query("vacuum analyze steward.runs");
  for (const [path, sign] of [
    ["/runs", "tbody tr:nth-child(50)"],
    ["/", ".tile"],
    ["/runs?show=failed", ".empty, tbody tr"],
    ["/runs?q=old%2099", "tbody tr"],
  ] as const) {
    const begun = performance.now();
    await open(path);
    await tab.page.locator(sign).first().waitFor();
    const took = performance.now() - begun;
    console.log(`${path} with 100,000 runs: ${took.toFixed(0)} ms`);
    assert.ok(took < 15_000, `${path} took ${took} ms`);
  }
});

page.expectNoProblems();
page.run();
