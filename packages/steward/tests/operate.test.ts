// Looking and steering with the command `steward`, as an operator does: in 80 columns, piped, and with --json.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type TestDatabase } from "steward/testing";
import { waitFor } from "steward/testing/wait";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createShop, order, ROOT } from "./application.ts";

const PROGRAM = join(import.meta.dirname, "../bin/steward.js");
const test = suite("steward: looking and steering");
let shop: TestDatabase;

test.before(async () => {
  shop = await createShop();
});
test.after(() => shop?.close());

async function steward(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const env = { ...process.env, DATABASE_URL: shop.url, LOG_LEVEL: "error" };
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  for (const line of output.stdout.split("\n")) assert.ok(args.includes("--json") || line.length <= 80, line);
  return { code, ...output };
}

test("why, runs and run say the same for a run and for the row that it is about", async () => {
  const id = await order(shop.pool, "7");
  const why = await steward("why", `public.orders/${id}`);
  assert.is(why.code, 0, why.stderr);
  assert.match(why.stdout, "(no_worker; the operator can act)");
  const listed = JSON.parse((await steward("runs", "--owner", "7", "--json")).stdout) as { id: string }[];
  assert.is(listed.length, 1);
  assert.is(JSON.parse((await steward("why", String(listed[0]?.id), "--json")).stdout).code, "no_worker");
  assert.match((await steward("runs")).stdout, `run ${listed[0]?.id}`);
  assert.match((await steward("run", `public.orders/${id}`)).stdout, /queued +pack\nwaiting +ship/);
  const none = await steward("why", "public.orders/nothing");
  assert.is(none.code, 1);
  assert.match(none.stderr, /There is no run public\.orders\/nothing\. .+\(ST110\)/);
});

test("acts on many: a preview, no act without being told so, then the act", async () => {
  await order(shop.pool, "8");
  const statuses = async () =>
    (await shop.pool.query("select status from steward.runs where owner_id = '8'")).rows.map(({ status }) => status);
  const preview = await steward("suspend", "--owner", "8", "--preview");
  assert.match(preview.stdout, "1 would be suspended.");
  const unasked = await steward("suspend", "--owner", "8");
  assert.equal([unasked.code, /say --yes/.test(unasked.stderr)], [2, true]);
  assert.equal(await statuses(), ["pending"]);
  const done = await steward("suspend", "--owner", "8", "--yes", "--reason", "moved");
  assert.match(done.stdout, "1 suspended.");
  assert.equal(await statuses(), ["suspended"]);
  assert.match((await steward("resume", "--owner", "8", "--yes")).stdout, "1 resumed.");
  assert.match((await steward("cancel", "--owner", "8", "--yes")).stdout, "1 cancelled.");
  assert.match((await steward("retry", "--owner", "8", "--yes")).stdout, "1 retried.");
  const last = await steward("reprioritise", "--owner", "8", "--priority", "10", "--yes");
  assert.match(last.stdout, "1 given another priority.");
  const high = await steward("reprioritise", "--owner", "8", "--priority", "high", "--yes");
  assert.match(high.stderr, "It is a whole number");
  assert.is((await steward("cancel", "--owner", "nobody", "--yes")).code, 3);
  assert.match((await steward("cancel", "--yes")).stderr, "(ST430)");
  const { rows } = await shop.pool.query("select action, reason from steward.audit order by id limit 1");
  assert.equal(rows, [{ action: "suspend", reason: "moved" }]);
});

test("pause and unpause", async () => {
  assert.match((await steward("pause", "--lifecycle", "order", "--reason", "x")).stdout, "lifecycle order is paused");
  assert.match((await steward("unpause", "--lifecycle", "order")).stdout, "lifecycle order goes on.");
  assert.is((await steward("pause")).code, 2);
});

test("status shows what is open and that nobody works; a worker that is not there cannot be released", async () => {
  await order(shop.pool, "9");
  const { code, stdout } = await steward("status");
  assert.is(code, 0);
  assert.match(stdout, "Workers\nNone");
  assert.match(stdout, /Open runs\n\d+ +pending +order/);
  assert.ok(JSON.parse((await steward("status", "--json")).stdout).runs.length > 0);
  assert.match((await steward("release-worker", "4711")).stderr, "(ST430)");
});

test("watch shows a run until it ends, as lines with --json; tail tells of attempts and ends", async () => {
  const id = await order(shop.pool, "10");
  const tail = follow("tail", "--last", "0", "--json");
  const stopped = follow("watch", `public.orders/${id}`);
  await waitFor(() => stopped.lines().length > 0);
  stopped.stop();
  assert.is(await stopped.ended, 130);
  const watch = follow("watch", `public.orders/${id}`, "--json");
  await waitFor(() => watch.lines().length === 1);
  const looks = "select from pg_stat_activity where datname = current_database() and query ~ 'steward.happened'";
  await waitFor(async () => (await shop.pool.query(looks)).rows.length > 0);
  await shop.pool.query(`
    select steward_private.keep_attempts(array_agg(s), 'later', 'ST506', 'It failed.', 'no such thing')
    from steward.steps s join steward.runs r on r.id = s.run_id where r.owner_id = '10' and s.name = 'pack'`);
  await shop.pool.query("select steward.cancel(owner => '10', reason => 'test')");
  assert.is(await watch.ended, 3);
  assert.equal(
    watch.lines().map((line) => JSON.parse(line).status),
    ["pending", "cancelled"],
  );
  const told = () => tail.lines().map((line) => JSON.parse(line));
  await waitFor(() => told().length === 2);
  assert.equal(
    told().map(({ event, subject_id, status, step, words }) => [event, subject_id, status, step, words]),
    [
      ["attempt", id, "later", "pack", "no such thing"],
      ["ended", id, "cancelled", null, null],
    ],
  );
  tail.stop();
  assert.is(await tail.ended, 0);
});

test.run();

/** A command that goes on until it is stopped. */
function follow(...args: string[]) {
  const env = { ...process.env, DATABASE_URL: shop.url, LOG_LEVEL: "error" };
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return {
    lines: () => output.split("\n").filter(Boolean),
    stop: () => child.kill("SIGINT"),
    ended: once(child, "close").then(([code]) => code as number | null),
  };
}
