// This application's views in a real browser, with a worker and stand-ins of the drive and the cloud.
// test-timeout: 300
import type { Browser } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startApi, type TestApi, token } from "../helpers/api.ts";
import { BROWSER, findBarriers, openBrowser, openTab, shoot, type Tab } from "../helpers/browser.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";

const suiteOfAll = suite("the application's views in a browser");
const test = BROWSER === undefined ? suiteOfAll.skip : suiteOfAll;
let providers: TestProviders;
let api: TestApi;
let worker: TestWorker;
let browser: Browser;
let tab: Tab;

if (BROWSER === undefined) {
  console.log(
    "no browser is installed (Debian: apt-get install chromium; or name one in CHROMIUM): the views are not tested in one",
  );
} else {
  suiteOfAll.before(async () => {
    [providers, browser] = await Promise.all([startProviders(), openBrowser()]);
    const { drive, cloud } = providers;
    const standIns = {
      drive: { url: drive.url, password: drive.adminPassword },
      cloud: { url: cloud.url, password: cloud.password },
    };
    api = await startApi({}, undefined, { isLocal: true, standIns });
    const { ownerUrl: databaseUrl, apiUrl } = api.database;
    worker = startWorker({ databaseUrl, apiUrl, env: providers.env });
    tab = await openTab(browser);
  });
  suiteOfAll.after(async () => {
    await browser.close();
    await worker.stop();
    await api.close();
    await providers.close();
  });
}

const seen = (text: string | RegExp) => tab.page.getByText(text).first().waitFor();
const open = (path: string) => tab.page.goto(`${api.url}${path}`);
const button = (name: string) => tab.page.getByRole("button", { name });

test("a newcomer signs up a user and sees them get what they need", async () => {
  await open("/try");
  await button("Sign up a user").click();
  await seen("3/3");
  await seen("skeleton files removed");
});

test("with the cloud broken a project waits, says why, and goes on once it is repaired", async () => {
  await open("/try");
  await button("Break the cloud").click();
  await seen("is down");
  const admin = await token("admin");
  const ids: string[] = [];
  for (const username of ["ada", "grace", "barbara", "margaret", "radia", "frances"]) {
    const { data } = await api.send(
      admin,
      `mutation { createUser(input: { username: "${username}" }) { user { id } } }`,
    );
    ids.push(data.createUser.user.id);
  }
  await api.send(
    admin,
    'mutation ($ids: [UUID!]) { createProject(input: { name: "Apollo", memberIds: $ids }) { project { id } } }',
    { ids },
  );
  await tab.page.getByRole("link", { name: "Projects" }).click();
  await tab.page.getByRole("link", { name: "Apollo" }).click();
  await seen("provisioning");
  await tab.page.getByRole("link", { name: /why it is not further/ }).click();
  await seen(/ST603/);
  await seen(/lane cloud/);
  await shoot(tab.page, "run");
  await tab.page.getByRole("link", { name: "Overview" }).click();
  await seen(/has been stopped/);
  await shoot(tab.page, "overview");
  await tab.page.getByRole("link", { name: "Try it" }).click();
  await button("Repair the cloud").click();
  await tab.page.getByRole("link", { name: "Projects" }).click();
  await tab.page.getByRole("link", { name: "Apollo" }).click();
  await tab.page
    .getByRole("cell", { name: /succeeded/ })
    .nth(1)
    .waitFor();
  await tab.page.getByText("active", { exact: true }).waitFor();
  await shoot(tab.page, "project");
});

test("a cloud that is experimental is told as that, with its projects and in its lane", async () => {
  const { pool } = api.database;
  await pool.query("update steward.lanes set remark = 'experimental' where name = 'cloud'");
  await open("/projects");
  await tab.page
    .getByRole("row", { name: /Apollo/ })
    .getByText("experimental")
    .waitFor();
  await tab.page.getByRole("link", { name: "Apollo" }).click();
  await seen("experimental");
  await open("/lanes");
  await tab.page.getByRole("rowheader", { name: "cloud experimental" }).waitFor();
  await pool.query("update steward.lanes set remark = null");
});

test("a user is deleted after one was asked, and the deletion is shown", async () => {
  await open("/users");
  await tab.page.getByRole("link", { name: "grace" }).click();
  await button("Delete…").click();
  assert.equal(await findBarriers(tab.page), []);
  await tab.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await tab.page.waitForURL(/\/runs\//);
  await tab.page.getByRole("link", { name: "Deletions" }).click();
  await seen("succeeded");
});

test("a user sees their own account and projects, and no list of others", async () => {
  const theirs = await openTab(browser);
  try {
    const { page } = theirs;
    const own = await token("user", undefined, { claims: { preferred_username: "linus" } });
    await page.addInitScript((given) => sessionStorage.setItem("steward.token", given), own);
    await page.goto(`${api.url}/account`);
    await page.getByText("Hello linus.").waitFor();
    assert.equal(await page.getByRole("navigation", { name: "Views" }).getByRole("link").allInnerTexts(), [
      "My runs",
      "Projects",
      "My account",
    ]);
    await page.goto(`${api.url}/projects`);
    await page.getByText("No project that you may see yet.").waitFor();
    assert.equal(theirs.problems, []);
  } finally {
    await theirs.close();
  }
});

test("with the keyboard alone: break the cloud, start a project of 200, read why it waits, repair, see it end", async () => {
  const { page } = tab;
  /** Goes there as people do, and presses it. */
  const press = async (name: RegExp) => {
    for (let tabs = 0; tabs < 150; tabs++) {
      await page.keyboard.press("Tab");
      const reached = await page.evaluate("document.activeElement?.textContent ?? ''");
      if (name.test(String(reached))) return page.keyboard.press("Enter");
    }
    assert.unreachable(`${name} is not reached with the Tab key`);
  };
  await open("/");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await press(/^Try it$/);
  await button("Break the cloud").waitFor();
  await press(/^Break the cloud$/);
  await page.getByRole("status").filter({ hasText: "is down" }).waitFor();
  await press(/^A project with 200/);
  await page.waitForURL(/projects\//);
  await page.getByRole("link", { name: /why it is not further/ }).waitFor();
  await press(/why it is not further/);
  await seen(/ST603/);
  const run = page.url();
  await press(/^Try it$/);
  await button("Repair the cloud").waitFor();
  await press(/^Repair the cloud$/);
  await button("Break the cloud").waitFor();
  await page.goBack();
  await page.waitForURL(run);
  await page.getByText("The run succeeded").waitFor({ timeout: 90_000 });
});

test("no view keeps people with disabilities out, and none logs an error", async () => {
  for (const path of ["/users", "/projects", "/deletions", "/account", "/try"]) {
    await open(path);
    await tab.page.locator("table, .steps li, .empty, .danger").first().waitFor();
    assert.equal(await findBarriers(tab.page), [], path);
  }
  assert.equal(tab.problems, []);
});

suiteOfAll.run();
