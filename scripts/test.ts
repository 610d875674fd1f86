// npm test [-- REGEX] [--keystone]: every test file in a process of its own, all on one Postgres; the last line is "N passed, N failed".
// TEST_POSTGRES_URL (a superuser's) runs them on another server than the embedded one, of another version for example.
import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { prepareTemplate, SHARED } from "../tests/helpers/database.ts";
import { type FileResult, runTestFile } from "../tests/helpers/run-file.ts";

const { values, positionals } = parseArgs({ options: { keystone: { type: "boolean" } }, allowPositionals: true });
const files = chooseFiles(new RegExp(positionals[0] ?? ""));
const results: FileResult[] = [];

try {
  if (files.length > 0) process.env[SHARED] = await prepareTemplate();
  await Promise.all(Array.from({ length: Math.min(3, availableParallelism() + 1) }, worker));
} catch (error) {
  // Most often a migration that does not apply: no test can run then, and the last line must still say that it failed.
  console.log("FAIL: no database for the tests\n", error);
  results.push({ file: "(database)", passed: 0, failed: 1, skipped: 0, seconds: 0, reason: "", output: "" });
}
report();

/** Keystone tests take minutes and a machine's whole attention, so they run only when asked for. */
function chooseFiles(pattern: RegExp): string[] {
  const all = globSync(["tests/**/*.test.ts", "packages/steward/tests/**/*.test.ts"]).filter(
    (file) => values.keystone || !file.endsWith(".keystone.test.ts"),
  );
  return all.filter((file) => pattern.test(file)).sort();
}

async function worker(): Promise<void> {
  for (let file = files.shift(); file !== undefined; file = files.shift()) {
    const result = await runTestFile(file, timeLimit(file));
    results.push(result);
    if (result.failed === 0) console.log(`ok   ${file}: ${result.passed} in ${result.seconds.toFixed(1)} s`);
    else console.log(`FAIL ${file}: ${result.reason}\n${result.output.trimEnd().replaceAll(/^/gm, "     ")}`);
  }
}

/** In seconds; a file that needs longer says so at its head: `// test-timeout: 300`. */
function timeLimit(file: string): number {
  return Number(/^\/\/ test-timeout: (\d+)$/m.exec(readFileSync(file, "utf8"))?.[1] ?? 180);
}

function report(): void {
  const sum = (key: "passed" | "failed" | "skipped") => results.reduce((total, result) => total + result[key], 0);
  const slowest = results.filter((result) => result.seconds > 5).sort((a, b) => b.seconds - a.seconds);
  for (const { file, seconds } of slowest.slice(0, 5)) console.log(`slow ${file}: ${seconds.toFixed(1)} s`);
  if (sum("skipped") > 0) console.log(`${sum("skipped")} skipped`);
  if (results.length === 0) console.log("no test file matches");
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  process.exitCode = sum("failed") > 0 || sum("passed") === 0 ? 1 : 0;
}
