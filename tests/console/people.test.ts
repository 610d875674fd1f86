// The page in a real browser, on a real server with a worker. Who sees what, and that nobody is kept out: keyboards, screen readers, phones.
// test-timeout: 300
import type { Browser } from "playwright-core";
import * as assert from "uvu/assert";
import { findBarriers, openTab, type Tab } from "../helpers/browser.ts";
import { pageSuite } from "./page.ts";
import type { Shop } from "./shop.ts";

const page = pageSuite("people");
const { test, until, open, button } = page;
let shop: Shop;
let browser: Browser;
let tab: Tab;
page.ready((ready) => {
  ({ shop, browser, tab } = ready);
});

test("somebody who is no administrator sees their own runs and nothing else", async () => {
  const mine = await shop.order("grace");
  const other = await shop.order("ada");
  const theirs = await openTab(browser);
  try {
    const { page } = theirs;
    const token = await shop.token("reader", "grace");
    await page.addInitScript((given) => sessionStorage.setItem("steward.token", given), token);
    await page.goto(shop.url);
    await page.getByRole("heading", { name: "My runs" }).waitFor();
    await page.getByRole("listitem").filter({ hasText: "order" }).waitFor();
    assert.is(await page.getByRole("link", { name: "order" }).count(), 1);
    assert.equal(await page.getByRole("navigation", { name: "Views" }).getByRole("link").allInnerTexts(), ["My runs"]);
    await page.goto(`${shop.url}/runs/${await shop.runOf(other)}`);
    await page.getByText("There is no such run, or you may not see it.").waitFor();
    await page.goto(`${shop.url}/lanes`);
    await page.getByText("There is no such view, or it is not for you.").waitFor();
    await page.goto(`${shop.url}/runs/${await shop.runOf(mine)}`);
    await page.getByRole("button", { name: "Cancel…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await page.getByText("cancelled", { exact: true }).first().waitFor();
    assert.equal(theirs.problems, []);
  } finally {
    await theirs.close();
  }
});

test("nothing keeps people with disabilities out, light or dark, also on a phone", async () => {
  const order = await shop.order();
  const run = await shop.runOf(order);
  await shop.database.pool.query(
    "select steward.pause(lane => 'post', reason => 'no stamps'), steward.unpause(lane => 'post')",
  );
  await tab.page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  for (const path of ["/", "/runs", `/runs/${run}?step=pack`, "/lanes", "/workers", "/audit", "/me"]) {
    await open(path);
    await tab.page.getByRole("heading", { level: 1 }).waitFor();
    await tab.page.locator("table, .note, .mine li").first().waitFor();
    assert.equal(await findBarriers(tab.page), [], path);
    assert.not.match(
      await tab.page.locator("body").ariaSnapshot(),
      /- (table|link|button|textbox|checkbox|combobox)(?! ")/,
      path,
    );
    // Colours are the same everywhere: where there are most of them is enough.
    if (path !== "/" && !path.includes("?step")) continue;
    for (const media of [{ colorScheme: "dark" }, { colorScheme: "light", forcedColors: "active" }] as const) {
      await tab.page.emulateMedia(media);
      const barriers = await findBarriers(tab.page, ["color-contrast"]);
      assert.equal(barriers, [], `${path} with ${JSON.stringify(media)}`);
    }
    await tab.page.emulateMedia({ colorScheme: "light", forcedColors: "none" });
  }
  await tab.page.setViewportSize({ width: 320, height: 640 });
  for (const path of ["/", "/runs", `/runs/${run}`]) {
    await open(path);
    await tab.page.locator("table, .note").first().waitFor();
    assert.ok(await tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), `${path} is too wide`);
  }
  assert.equal(await findBarriers(tab.page), [], "on a phone");
  await tab.page.setViewportSize({ width: 1280, height: 800 });
});

test("dialogs hold the keyboard, and give it back; after a change of view it is at the heading", async () => {
  await open("/lanes");
  await button("Pause the lane post").focus();
  await tab.page.keyboard.press("Enter");
  await tab.page.getByRole("dialog").waitFor();
  assert.equal(await findBarriers(tab.page), []);
  await tab.page.keyboard.press("Escape");
  await tab.page.getByRole("dialog").waitFor({ state: "detached" });
  assert.is(await tab.page.evaluate("document.activeElement?.getAttribute('aria-label')"), "Pause the lane post");
  await tab.page.keyboard.press("g");
  await tab.page.keyboard.press("r");
  await tab.page.getByRole("heading", { name: "Runs" }).waitFor();
  const heading = () => tab.page.evaluate("document.activeElement.textContent");
  assert.is(await heading(), "Runs");
  await tab.page.locator("tbody").getByRole("link").first().press("Enter");
  await until("the heading of the run", async () => (await heading()) === (await tab.page.locator("h1").textContent()));
});

test("GraphiQL opens with examples and a token that works", async () => {
  const other = await openTab(browser);
  try {
    const { page } = other;
    await page.goto(`${shop.url}/graphiql`);
    const example = page.getByRole("menuitem", { name: "LastRuns" });
    // It knows the operations a moment after it is drawn.
    await until("the examples", async () => {
      await page.getByRole("button", { name: /^Execute/ }).click();
      return example.waitFor({ timeout: 1_000 }).then(
        () => true,
        () => false,
      );
    });
    await example.click();
    await page.locator(".result-window").getByText("nodes").waitFor();
    assert.equal(other.problems, []);
  } finally {
    await other.close();
  }
});

page.expectNoProblems();
page.run();
