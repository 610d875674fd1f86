// npm run bench -- NAME... | --all [--quick]: runs measurements of bench/ and writes what they found into bench/README.md. --quick
// only shows whether they work, in small sizes, and writes nothing. What follows a single name is handed on to it.
import { fork } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { basename } from "node:path";
import type { Finding } from "../bench/helpers/figures.ts";
import { noteWeather, rowOf, writeReport } from "../bench/helpers/report.ts";
import { PROJECT_ROOT } from "../server/config.ts";

/** Not of --all: they take minutes, or need what is not installed. */
const BY_NAME_ONLY = ["flood", "operations", "overload", "peers", "pressure", "pressure-peers"];

const known = globSync("bench/*.ts", { cwd: PROJECT_ROOT })
  .map((file) => basename(file, ".ts"))
  .sort();
const args = process.argv.slice(2);
const isQuick = args.includes("--quick");
const names = args.filter((arg) => known.includes(arg));
const rest = names.length === 1 ? args.filter((arg) => arg !== names[0] && arg !== "--quick") : [];
const chosen = names.length > 0 ? names : known.filter((name) => !BY_NAME_ONLY.includes(name));
if (names.length === 0 && !isQuick && !args.includes("--all")) {
  process.stderr.write(`usage: npm run bench -- ${known.join(" | ")} | --all [--quick]\n`);
  process.exit(2);
}
for (const name of chosen) if (!(await measure(name))) process.exitCode = 1;

/** False when the measurement broke down. */
async function measure(name: string): Promise<boolean> {
  console.log(`\n${name}`);
  const findings: Finding[] = [];
  const weather = noteWeather(PROJECT_ROOT);
  const child = fork(`bench/${name}.ts`, rest, {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...(isQuick && { BENCH_QUICK: "1" }) },
  });
  child.on("message", (finding: Finding) => findings.push(finding));
  const [code] = (await once(child, "close")) as [number | null];
  for (const finding of findings) if ("figure" in finding) console.log(rowOf(finding.figure));
  if (code !== 0) return false;
  if (isQuick) return true;
  const parts = Map.groupBy(findings, ({ part }) => (part === undefined ? name : `${name} ${part}`));
  for (const [part, found] of parts) writeReport(PROJECT_ROOT, part, weather, found);
  return true;
}
