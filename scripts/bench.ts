// npm run bench -- NAME: runs a measurement of bench/. Without a name: lists them.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename } from "node:path";
import { PROJECT_ROOT } from "../server/config.ts";

const names = globSync("bench/*.ts", { cwd: PROJECT_ROOT })
  .map((file) => basename(file, ".ts"))
  .sort();
const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`usage: npm run bench -- ${names.join(" | ")}\n`);
  process.exit(2);
}
process.exitCode =
  spawnSync(process.execPath, [`bench/${name}.ts`, ...rest], { cwd: PROJECT_ROOT, stdio: "inherit" }).status ?? 1;
