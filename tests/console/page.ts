// A suite of tests of the page: a shop, a browser, and an administrator's tab. Skipped with a line where no browser is installed.
import type { Browser } from "playwright-core";
import { waitFor } from "steward/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BROWSER, openBrowser, openTab, type Tab } from "../helpers/browser.ts";
import { openShop, type Shop } from "./shop.ts";

export interface Ready {
  readonly shop: Shop;
  readonly browser: Browser;
  /** An administrator's. */
  readonly tab: Tab;
}

export function pageSuite(name: string) {
  const all = suite(`the page in a browser: ${name}`);
  const told: ((ready: Ready) => void)[] = [];
  let ready: Ready;
  if (BROWSER === undefined) {
    console.log(
      "no browser is installed (Debian: apt-get install chromium; or name one in CHROMIUM): the page is not tested in one",
    );
  } else {
    all.before(async () => {
      const [shop, browser] = await Promise.all([openShop(), openBrowser()]);
      ready = { shop, browser, tab: await openTab(browser) };
      for (const tell of told) tell(ready);
    });
    all.after(async () => {
      await ready.browser.close();
      await ready.shop.close();
    });
  }
  const test = BROWSER === undefined ? all.skip : all;
  return {
    test,
    /** Calls it before the first test. */
    ready: (tell: (ready: Ready) => void) => void told.push(tell),
    /** However busy the machine is. */
    until: (what: string, check: () => Promise<boolean>) => waitFor(check, { timeoutMs: 30_000, what }),
    seen: (text: string | RegExp) => ready.tab.page.getByText(text).first().waitFor(),
    open: (path: string) => ready.tab.page.goto(`${ready.shop.url}${path}`),
    button: (label: string | RegExp) => ready.tab.page.getByRole("button", { name: label }),
    /** For suites in which the server never goes away. */
    expectNoProblems: () =>
      test("nothing was logged as an error or a warning, and no policy was violated", () => {
        assert.equal(ready.tab.problems, []);
      }),
    run: () => all.run(),
  };
}
