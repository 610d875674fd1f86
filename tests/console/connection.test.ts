// The page in a real browser, on a real server with a worker. Servers that go, proxies in between, sign-ins that end.
// test-timeout: 300
import type { Browser } from "playwright-core";
import * as assert from "uvu/assert";
import { openTab, type Tab } from "../helpers/browser.ts";
import { pageSuite } from "./page.ts";
import type { Shop } from "./shop.ts";

const page = pageSuite("connections");
const { test, until, seen, open } = page;
let shop: Shop;
let browser: Browser;
let tab: Tab;
page.ready((ready) => {
  ({ shop, browser, tab } = ready);
});

test("a server that goes and comes back is noticed, and the page goes on by itself", async () => {
  await open("/");
  await seen("Live");
  await shop.stopServer();
  await seen(/No connection, as of/);
  await shop.order("linus");
  await shop.startServer();
  await seen("Live");
  await tab.page.getByRole("link", { name: "Runs", exact: true }).click();
  await seen("pending");
});

test("where websockets do not come through, the page asks every few seconds and says so", async () => {
  const behind = await openTab(browser);
  try {
    const { page } = behind;
    await Promise.all([shop.order(), shop.order()]);
    await page.clock.install();
    await page.routeWebSocket("**/graphql", (socket) => void socket.close());
    await page.goto(`${shop.url}/runs?show=open`);
    await page.getByText("Every 5 s").waitFor();
    await page.getByText("pending").nth(1).waitFor();
    shop.startWorker();
    await until("the worker", async () => (await shop.database.findRuns({ status: "pending" })).length === 0);
    await page.clock.fastForward(5_000);
    await page.getByText("succeeded", { exact: true }).nth(1).waitFor();
  } finally {
    await behind.close();
  }
});

test("where events fail, the page asks every few seconds and says so", async () => {
  const behind = await openTab(browser);
  try {
    const { page } = behind;
    let isBroken = false;
    await page.routeWebSocket("**/graphql", (socket) => {
      const server = socket.connectToServer();
      server.onMessage((text) => {
        const message = JSON.parse(String(text));
        const payload = { data: null, errors: [{ message: "It took too long." }] };
        socket.send(JSON.stringify(isBroken && message.type === "next" ? { ...message, payload } : message));
      });
    });
    await page.goto(shop.url);
    await page.getByText("Live").waitFor();
    isBroken = true;
    await shop.order();
    await page.getByText("Every 5 s").waitFor();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
  } finally {
    await behind.close();
  }
});

test("a token that has ended is replaced by itself on a local start", async () => {
  const stale = await openTab(browser);
  try {
    await stale.page.addInitScript(() => {
      if (sessionStorage.getItem("steward.token") === null) sessionStorage.setItem("steward.token", "a.b.c");
    });
    await stale.page.goto(shop.url);
    await stale.page.getByText("Live").waitFor();
    await stale.page.getByRole("heading", { name: "Overview" }).waitFor();
  } finally {
    await stale.close();
  }
});

test("before a token ends one is warned; when it has, the same person goes on with what they had begun", async () => {
  const theirs = await openTab(browser);
  try {
    const { page } = theirs;
    await page.route("**/console/settings", (route) => route.fulfill({ json: { signsIn: false, application: {} } }));
    await page.goto(shop.url);
    await page.getByLabel("A token of yours").fill(await shop.token("admin", "kim", 6));
    await page.getByRole("button", { name: "Sign in with this token" }).click();
    await page.getByRole("link", { name: "Lanes", exact: true }).click();
    await page.getByText("Your sign-in ends soon.").waitFor();
    await page.getByRole("button", { name: "Pause the lane post" }).click();
    await page.getByLabel("Why, for those who ask").fill("a long story");
    const ended = page.getByRole("dialog", { name: "Your sign-in has ended" });
    await ended.waitFor();
    assert.is(await page.getByRole("status").filter({ hasText: "Signed out" }).count(), 1);
    await page.getByLabel("A token of yours").fill(await shop.token("admin", "kim"));
    await page.getByRole("button", { name: "Sign in with this token" }).click();
    await ended.waitFor({ state: "detached" });
    assert.is(await page.getByLabel("Why, for those who ask").inputValue(), "a long story");
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await page.getByText("a long story").waitFor();
    await page.getByText("Live").waitFor();
    assert.equal(theirs.problems, []);
  } finally {
    await theirs.close();
  }
});

page.run();
