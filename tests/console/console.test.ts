// The page in a real browser, on a real server with a worker: what people see and do.
// test-timeout: 300
import type { Browser } from "playwright-core";
import { waitFor } from "steward/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BROWSER, findBarriers, openBrowser, openTab, type Tab } from "../helpers/browser.ts";
import { openShop, type Shop } from "./shop.ts";

const suiteOfAll = suite("the page in a browser");
const test = BROWSER === undefined ? suiteOfAll.skip : suiteOfAll;
let shop: Shop;
let browser: Browser;
/** An administrator's. */
let tab: Tab;

if (BROWSER === undefined) {
  console.log(
    "no browser is installed (Debian: apt-get install chromium; or name one in CHROMIUM): the page is not tested in one",
  );
} else {
  suiteOfAll.before(async () => {
    [shop, browser] = await Promise.all([openShop(), openBrowser()]);
    tab = await openTab(browser);
  });
  suiteOfAll.after(async () => {
    await browser.close();
    await shop.close();
  });
}

/** However busy the machine is. */
const until = (what: string, check: () => Promise<boolean>) => waitFor(check, { timeoutMs: 30_000, what });
const seen = (text: string | RegExp) => tab.page.getByText(text).first().waitFor();
const open = (path: string) => tab.page.goto(`${shop.url}${path}`);
const button = (name: string | RegExp) => tab.page.getByRole("button", { name });

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

test("a step that fails is shown with its error in its own words, and retried from there", async () => {
  await shop.stopWorker();
  const order = await shop.order();
  shop.refused.add(order);
  shop.startWorker();
  await open(`/runs/${await shop.runOf(order)}`);
  await seen("Why it failed");
  await seen(`there is no box for ${order}`);
  shop.refused.clear();
  await button("Retry…").click();
  await seen("becomes");
  await tab.page.getByLabel("Why, for the audit").fill("boxes have come");
  await button("Retry 1 run").click();
  await button("Close").click();
  await seen("The run succeeded");
  const { rows } = await shop.database.pool.query(
    "select action, reason, runs::int from steward.audit order by id desc limit 1",
  );
  assert.equal(rows, [{ action: "retry", reason: "boxes have come", runs: 1 }]);
});

test("a lane is paused with a reason, a run that waits for it says so, and goes on when it is unpaused", async () => {
  await open("/lanes");
  await button("Pause the lane carrier").click();
  await tab.page.getByLabel("Why, for those who ask").fill("the van is broken");
  await tab.page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
  await seen("the van is broken");
  const order = await shop.order();
  await open(`/runs/${await shop.runOf(order)}`);
  await seen("Why it is not further");
  await seen("the van is broken");
  await open("/lanes");
  await button("Unpause the lane carrier").click();
  await tab.page.getByRole("dialog").getByRole("button", { name: "Unpause" }).click();
  await open(`/runs/${await shop.runOf(order)}`);
  await seen("The run succeeded");
});

test("a single task is paused, is told of on the overview, and goes on when it is unpaused", async () => {
  await open("/lanes");
  await button("Pause the task bill").click();
  await tab.page.getByLabel("Why, for those who ask").fill("prices change");
  await tab.page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
  await seen("prices change");
  const order = await shop.order();
  await open(`/runs/${await shop.runOf(order)}`);
  await seen("Why it is not further");
  await seen(/[Tt]ask bill .*prices change/);
  await button("Reprioritise…").click();
  await tab.page.getByLabel("Priority").fill("-5");
  await button("Reprioritise 1 run").click();
  await button("Close").click();
  await tab.page.getByRole("link", { name: "Overview" }).click();
  await tab.page.getByRole("status").filter({ hasText: "Task bill is paused." }).waitFor({ state: "attached" });
  await tab.page.getByRole("link", { name: "Task bill" }).click();
  await button("Unpause the task bill").click();
  await tab.page.getByRole("dialog").getByRole("button", { name: "Unpause" }).click();
  await open(`/runs/${await shop.runOf(order)}`);
  await seen("The run succeeded");
});

test("the audit tells who did what and why, by act and by run", async () => {
  const rows = tab.page.locator("tbody tr");
  await open("/audit");
  await rows.filter({ hasText: "boxes have come" }).waitFor();
  assert.is(await rows.count(), 6);
  await tab.page.getByLabel("Act", { exact: true }).selectOption("unpause");
  await until("the unpauses alone", async () => (await rows.count()) === 2);
  await tab.page.getByRole("searchbox", { name: "Actor" }).fill("nobody");
  await tab.page.keyboard.press("Enter");
  await seen("No act fits these filters.");
  await open(`/runs/${await shop.runOf("4")}`);
  await tab.page.getByRole("link", { name: "its audit" }).click();
  await until("the acts on that run", async () => (await rows.count()) === 1);
  await seen("boxes have come");
});

test("the overview tells what the monitors found, and shows the hour and the day", async () => {
  await shop.database.pool.query(
    "insert into steward.alerts (monitor, message, raised_at, ended_at) values ('m', 'It burns.', now(), null), ('m', 'It burned.', now() - interval '1 hour', now())",
  );
  await open("/");
  await tab.page.getByRole("status", { name: "Alerts" }).getByText("It burns.").waitFor();
  await tab.page.getByText("Alerts that have ended").click();
  await seen("It burned.");
  const steps = await tab.page.getByRole("img", { name: /^Last hour: \d+ steps/ }).getAttribute("aria-label");
  await button("24 h").click();
  await tab.page.getByRole("img", { name: String(steps?.match(/\d+ steps done/)) }).waitFor();
  await seen("Last day");
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
  await tab.page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  for (const path of ["/", "/runs", `/runs/${run}?step=pack`, "/lanes", "/workers", "/audit", "/me"]) {
    await open(path);
    await tab.page.getByRole("heading", { level: 1 }).waitFor();
    await tab.page.locator("table, .note, .mine li").first().waitFor();
    assert.equal(await findBarriers(tab.page), [], path);
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

test("nothing was logged as an error or a warning, and no policy was violated", () => {
  assert.equal(tab.problems, []);
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

suiteOfAll.run();
