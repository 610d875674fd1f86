// The runner must not be taken in by what uvu calls a success.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type FileResult, runTestFile } from "./run-file.ts";

const test = suite<{ folder: string }>("runner of test files");

test.before(async (context) => {
  // Inside the project, so that the files find uvu.
  context.folder = await mkdtemp(join(import.meta.dirname, ".run-file-"));
});
test.after(({ folder }) => rm(folder, { recursive: true }));

const cases: [name: string, body: string, passed: number, failed: number, reason: RegExp][] = [
  ["what passes has passed", "test('a', () => {}); test('b', () => {}); test.run();", 2, 0, /^$/],
  [
    "what fails has failed",
    "test('a', () => {}); test('b', () => { throw new Error('no'); }); test.run();",
    1,
    1,
    /1 of 2 failed/,
  ],
  [
    "an error before the first test fails all of them",
    "test.before(() => { throw new Error('no'); }); test('a', () => {}); test('b', () => {}); test.run();",
    0,
    2,
    /2 of 2 failed/,
  ],
  ["a file that runs no test fails", "test('a', () => {});", 0, 1, /no test|no result/],
  ["a file that breaks fails", "throw new Error('no');", 0, 1, /no result \(exit 1\)/],
  [
    "a wrong exit code fails",
    "process.on('exit', () => { process.exitCode = 3; }); test('a', () => {}); test.run();",
    1,
    1,
    /exit 3/,
  ],
  [
    "what never ends by itself fails",
    "setInterval(() => {}, 1000); test('a', () => {}); test.run();",
    1,
    1,
    /left open/,
  ],
  [
    "what takes too long fails",
    "test('a', () => new Promise((done) => setTimeout(done, 60_000))); test.run();",
    0,
    1,
    /longer than 2 s/,
  ],
];

test("judges files by what happened in them", async ({ folder }) => {
  const results = await Promise.all(cases.map(([, body], index) => run(folder, `${index}.ts`, body)));
  for (const [index, [name, , passed, failed, reason]] of cases.entries()) {
    const result = results[index];
    assert.equal([result?.passed, result?.failed], [passed, failed], `${name}: ${result?.output}`);
    assert.match(result?.reason ?? "", reason, name);
  }
});

async function run(folder: string, name: string, body: string): Promise<FileResult> {
  const file = join(folder, name);
  await writeFile(file, `import { suite } from "uvu"; const test = suite("x"); ${body}`);
  return runTestFile(file, body.includes("60_000") ? 2 : 30);
}

test.run();
