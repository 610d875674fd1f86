// The page in a real browser, on a real server with a worker. The list of runs and one run: live, in place, and acts on what was chosen.
// test-timeout: 300
import * as assert from "uvu/assert";
import { type Tab } from "../helpers/browser.ts";
import { pageSuite } from "./page.ts";
import type { Shop } from "./shop.ts";

const page = pageSuite("runs");
const { test, until, seen, open, button } = page;
let shop: Shop;
let tab: Tab;
page.ready((ready) => {
  ({ shop, tab } = ready);
});

test("a local start signs in by itself, and says that nothing has happened and no worker is there", async () => {
  await open("/");
  await seen("No worker is running");
  await seen("Live");
  await tab.page.getByRole("link", { name: "Runs", exact: true }).click();
  await seen("No run yet.");
  assert.is(await tab.page.title(), "Runs · Steward");
});

test("a run appears and goes on to its end without a reload", async () => {
  await shop.order();
  await seen("pending");
  shop.startWorker();
  await seen("4/4");
  await tab.page.getByRole("row").filter({ hasText: "succeeded" }).getByRole("link").click();
  await seen("The run succeeded");
  assert.equal(
    await tab.page
      .getByRole("group", { name: "Steps by name" })
      .getByRole("button")
      .allInnerTexts()
      .then((all) => all.map((text) => text.split("\n")[0])),
    ["pack", "bill", "ship", "thank"],
  );
});

test("rows stay where they are; newer ones are counted until they are asked for", async () => {
  await open("/runs");
  await seen("4/4");
  await shop.order();
  await shop.order();
  await button("2 new runs").click();
  await until("the new rows", async () => (await tab.page.locator("tbody tr").count()) === 3);
});

test("chosen runs are cancelled only after it was shown what would change", async () => {
  await shop.stopWorker();
  const orders = [await shop.order(), await shop.order(), await shop.order()];
  await open("/runs?show=open");
  await until("the open runs", async () => (await tab.page.locator("tbody tr").count()) === 3);
  await tab.page.getByRole("checkbox", { name: `Choose order of ${orders[0]}` }).check();
  await tab.page.getByRole("checkbox", { name: `Choose order of ${orders[1]}` }).check();
  await button("Cancel…").click();
  await tab.page.getByRole("heading", { name: "Cancel 2 runs" }).waitFor();
  assert.is((await shop.database.findRuns({ status: "cancelled" })).length, 0);
  await button("Cancel 2 runs").click();
  await button("Close").click();
  await until("two to be cancelled", async () => (await shop.database.findRuns({ status: "cancelled" })).length === 2);
  // The third by "all that fit": no more than what is left of the filter.
  await until("the list without them", async () => (await tab.page.locator("tbody tr").count()) === 1);
  await tab.page.getByRole("checkbox", { name: "Choose all runs of this page" }).check();
  await tab.page.getByLabel("all that fit the filters").check();
  await button("Cancel…").click();
  await button("Cancel 1 run").click();
  await seen("1 run cancelled");
  await button("Close").click();
});

test("an address whose filter is not understood shows nothing and acts on nothing", async () => {
  for (const strange of ["statuss=failed", "show=constructor", "since=toString"]) {
    await open(`/runs?${strange}`);
    await seen("Nothing is shown, so that");
  }
  assert.is(await tab.page.getByRole("checkbox").count(), 0);
});

test("on paper there is the view alone, nothing is cut off, and what is pressed is left out", async () => {
  const subject = `parcel ${"very long ".repeat(20)}`;
  const { rows } = await shop.database.pool.query<{ id: string }>(
    `insert into steward.runs (kind, subject_table, subject_id, status, error_code, error_message, finished_at)
     values ('order', 'public.orders', $1, 'failed', 'ST506', $1, now()) returning id`,
    [subject],
  );
  await tab.page.setViewportSize({ width: 718, height: 1000 });
  await tab.page.emulateMedia({ media: "print", colorScheme: "dark" });
  try {
    for (const path of ["/runs", "/lanes", "/audit", "/", `/runs/${rows[0]?.id}`]) {
      await open(path);
      await tab.page.locator("table, .note, .empty").first().waitFor();
      assert.not.ok(await tab.page.getByRole("navigation", { name: "Views" }).isVisible(), path);
      assert.is(await tab.page.locator("main button:visible, main input:visible").count(), 0, path);
      assert.ok(await tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), `${path} is too wide`);
      const cut = await tab.page.evaluate(
        "[...document.querySelectorAll('td, th, pre, .scrolls')].filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.outerHTML.slice(0, 200))",
      );
      assert.equal(cut, [], path);
      assert.is(await tab.page.evaluate("getComputedStyle(document.body).color"), "rgb(0, 0, 0)");
      assert.is(await tab.page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
    }
    const id = "getComputedStyle(document.querySelector('.id code'), '::after').content";
    assert.is(await tab.page.evaluate(id), `"${rows[0]?.id}"`, "ids are whole");
  } finally {
    await tab.page.emulateMedia({ media: null, colorScheme: null });
    await tab.page.setViewportSize({ width: 1280, height: 800 });
  }
});

page.expectNoProblems();
page.run();
