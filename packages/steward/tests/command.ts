// The command `steward` as people call it, in a folder of its own with the application of these tests, and a database that belongs to it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import {
  createDatabaseFrom,
  dropDatabase,
  newName,
  openPool,
  prepareServer,
  type TestServer,
  urlOf,
} from "steward/testing/server";
import { ROOT, TABLES } from "./application.ts";

const PROGRAM = join(import.meta.dirname, "../bin/steward.js");
const OWNER = "steward_test";
export const folder = mkdtempSync(join(tmpdir(), "steward-cli-"));
export const shop = join(folder, "shop");
export const database = newName();
export let server: TestServer;
export let pool: pg.Pool;
let url: string;

/** With the application's tables, and not migrated. */
export async function open(): Promise<void> {
  copyShop();
  symlinkSync(join(import.meta.dirname, "../../../node_modules"), join(folder, "node_modules"));
  server = await prepareServer(OWNER);
  await createDatabaseFrom(server, "template0", database);
  url = urlOf(server, database, OWNER);
  pool = openPool(url, { max: 2 });
  await pool.query(TABLES);
}

export async function close(): Promise<void> {
  await pool.end();
  await dropDatabase(server, database);
  rmSync(folder, { recursive: true, force: true });
}

/** Without the task that only the tests of purges use. */
export function copyShop(): void {
  cpSync(ROOT, shop, { recursive: true });
  rmSync(join(shop, "tasks/purge.ts"));
}

type Environment = Readonly<Record<string, string>>;

export function start(args: readonly string[], env: Environment = {}, cwd = shop, program = PROGRAM): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], DATABASE_URL: url, ...env },
  });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  return child;
}

export async function steward(
  args: readonly string[],
  env: Environment = {},
  cwd: string = shop,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = start(args, { LOG_LEVEL: "error", ...env }, cwd);
  const output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...output };
}
