// A real browser for tests: Debian's chromium, or the one that CHROMIUM names.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** undefined where none is installed. */
export const BROWSER = (process.env["CHROMIUM"] === undefined ? PLACES : [process.env["CHROMIUM"]]).find((path) =>
  existsSync(path),
);

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: BROWSER ?? "", args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

export interface Tab {
  readonly page: Page;
  /** What the browser logged as an error or a warning, violations of the content security policy included. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/** A tab of a person of its own. */
export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  return { page, problems, close: () => context.close() };
}

/** For README and docs: npm run screenshots. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (!folder) return;
  const before = page.viewportSize();
  await page.setViewportSize({ width: 1024, height: 640 });
  await page.screenshot({ path: `${folder}/${name}.png` });
  if (before) await page.setViewportSize(before);
}

/** What keeps people with disabilities out, as far as a program can tell: by these rules, or by all. */
export async function findBarriers(page: Page, rules?: string[]): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async (only) => {
    interface Axe {
      run(options: object): Promise<{
        violations: { id: string; help: string; nodes: { target: unknown[]; failureSummary: string }[] }[];
      }>;
    }
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run(only ? { runOnly: only } : {});
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary}`),
    );
  }, rules);
}
