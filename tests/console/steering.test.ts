// The page in a real browser, on a real server with a worker. What fails is retried, what is paused says so, and the audit and the overview tell of it.
// test-timeout: 300
import * as assert from "uvu/assert";
import { type Tab } from "../helpers/browser.ts";
import { pageSuite } from "./page.ts";
import type { Shop } from "./shop.ts";

const page = pageSuite("steering");
const { test, until, seen, open, button } = page;
let shop: Shop;
let tab: Tab;
page.ready((ready) => {
  ({ shop, tab } = ready);
});

test("a step that fails is shown with its error in its own words, and retried from there", async () => {
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
  assert.is(await tab.page.getByText(/likely done|any moment/).count(), 0, "nobody can tell when it ends");
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
  await open(`/runs/${await shop.runOf("1")}`);
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
  const stepsOf = async (press: string, name: RegExp) => {
    await button(press).click();
    const label = await tab.page.getByRole("img", { name }).getAttribute("aria-label");
    return label?.match(/\d+ steps done/)?.[0];
  };
  // Steps are counted a moment after they have ended.
  await until("as many steps in the day as in the hour", async () => {
    const inHour = await stepsOf("1 h", /^Last hour: \d+ steps/);
    return inHour !== undefined && inHour === (await stepsOf("24 h", /^Last day: \d+ steps/));
  });
  await seen("Last day");
});

page.expectNoProblems();
page.run();
