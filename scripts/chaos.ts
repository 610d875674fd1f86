// npm run chaos -- [--seed N] [--minutes M] [--finished N]: breaks everything while it works, then looks whether every promise was kept.
import { parseArgs } from "node:util";
import { runChaos } from "../tests/chaos/run.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({ options: { seed: text, minutes: text, finished: text } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const minutes = Number(values.minutes ?? 5);
const finishedRuns = Number(values.finished ?? 500_000);
if (!Number.isInteger(seed) || !(minutes > 0) || !Number.isInteger(finishedRuns) || finishedRuns < 0) {
  process.stderr.write(
    "usage: npm run chaos -- [--seed N] [--minutes M] [--finished RUNS], whole numbers, M greater than 0\n",
  );
  process.exit(2);
}

const PROBLEMS_SHOWN = 10;
console.log(`seed ${seed}, ${minutes} minutes, ${finishedRuns} finished runs`);
const report = await runChaos({ seed, minutes, finishedRuns, say: console.log });
for (const [title, counts] of [
  ["faults", report.faults],
  ["actions", report.actions],
  ["transactions", { ...report.client }],
  ["runs", report.runs],
] as const) {
  const sum = Object.values(counts).reduce((total, n) => total + n, 0);
  console.log(
    `${title}: ${sum} (${Object.entries(counts)
      .map(([name, n]) => `${name} ${n}`)
      .join(", ")})`,
  );
}
console.log(`runs that had failed or been cancelled, retried at the end: ${report.retried}`);
for (const { what, looked, problems } of report.checks) {
  console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${what} (${looked})`);
  for (const problem of problems.slice(0, PROBLEMS_SHOWN)) console.log(`       ${problem}`);
  if (problems.length > PROBLEMS_SHOWN) console.log(`       and ${problems.length - PROBLEMS_SHOWN} more`);
}
for (const line of report.history) console.log(line);
const failed = report.checks.filter(({ problems }) => problems.length > 0).length;
console.log(`seed ${seed}: ${report.checks.length - failed} checks passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
