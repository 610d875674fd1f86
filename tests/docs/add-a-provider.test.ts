// docs/add-a-provider.md, done as it says: its adapter passes the conformance suite, with its stand-in.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runTestFile } from "../helpers/run-file.ts";

const root = join(import.meta.dirname, "../..");
const ADAPTER = "server/providers/phonebook/index.ts";
const SUITE = "tests/server/providers/conformance/phonebook.test.ts";
const folder = mkdtempSync(join(tmpdir(), "steward-tutorial-"));
const test = suite("the tutorial of providers");
test.after(() => rmSync(folder, { recursive: true }));

/** Into a folder of its own, from where it finds what the repository has. */
function write(file: string, text: string): void {
  const isOwn = (path: string) => [ADAPTER, SUITE].includes(path);
  const placed = text.replaceAll(/from "(\.[^"]+)"/g, (_, name: string) => {
    const path = join(dirname(file), name);
    return `from ${JSON.stringify(join(isOwn(path) ? folder : root, path))}`;
  });
  mkdirSync(join(folder, dirname(file)), { recursive: true });
  writeFileSync(join(folder, file), placed);
}

test("its adapter conforms", async () => {
  const text = readFileSync(join(root, "docs/add-a-provider.md"), "utf8");
  const [adapter = "", conformance = ""] = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, block]) => block);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  write(ADAPTER, adapter);
  write(SUITE, conformance);
  const { passed, failed, output } = await runTestFile(join(folder, SUITE), 120);
  assert.is(failed, 0, output);
  assert.match(text, `(${passed} / ${passed})`);
});

test.run();
