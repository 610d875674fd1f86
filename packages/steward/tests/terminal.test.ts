// What commands show at a terminal: columns of any script, nothing that commands the terminal, pictures that fit.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { picture } from "steward/cli/screen";
import type { TestDatabase } from "steward/testing";
import { waitFor } from "steward/testing/wait";
import { lineWidth, oneLine, printable, printableJson, widthOf, wrap } from "steward/text";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createShop, ROOT } from "./application.ts";

const PROGRAM = join(import.meta.dirname, "../bin/steward.js");
const NAME = "a\x1b[31mred\x1b]0;title\x07\nfailed    fake\u202e\u009b1m";
const HAS_SCRIPT = spawnSync("script", ["--version"]).error === undefined;
const test = suite("terminal");
let shop: TestDatabase;

test.before(async () => {
  shop = await createShop();
  await shop.pool.query(
    `insert into steward.runs (kind, subject_table, subject_id, status, error_code, error_message, finished_at)
     select 'order', 'public.orders', s, 'failed', 'ST506', e, now() from unnest($1::text[], $2::text[]) as o (s, e)`,
    [
      [NAME, "東京".repeat(60), "👩‍👩‍👧 family 🇩🇪"],
      ["first\nsecond \x1b[2J", "絵文字😀".repeat(40), "word ".repeat(60)],
    ],
  );
});
test.after(() => shop?.close());

test("nothing that others wrote commands the terminal, and a name is no entry of its own", () => {
  assert.is(oneLine(NAME), "a?[31mred?]0;title? failed fake??1m");
  const json = printableJson(JSON.stringify({ NAME }));
  assert.not.match(json, /[\u007f-\u009f\u202e]/);
  assert.equal(JSON.parse(json), { NAME });
});

test("lines are broken by columns, words only in scripts without gaps", () => {
  assert.is(lineWidth({ isTTY: true, columns: 40 } as NodeJS.WriteStream), 40);
  assert.equal(wrap("東京東京東京 ab", "", "", 10).split("\n"), ["東京東京東", "京 ab"]);
  assert.equal(wrap(`one ${"x".repeat(12)}`, "  ", "  ", 10).split("\n"), ["  one", `  ${"x".repeat(12)}`]);
});

test("a picture has no more lines than the screen, each line that is too long counted as it shows", () => {
  assert.equal(picture(`${"x".repeat(25)}\nb`, 10, 4), ["xxxxxxxxxx", "xxxxxxxxxx", "xxxxx", "b"]);
  assert.equal(picture(`${"x".repeat(25)}\nb`, 20, 2), ["x".repeat(20), "... and 2 lines more"]);
});

test("every command shows odd names and errors within 80 columns, without colours where nobody looks", async () => {
  for (const args of [["runs"], ["status"], ["tail", "--no-follow"]]) {
    const { code, output } = await piped(args);
    assert.is(code, 0, output);
    for (const line of output.split("\n")) assert.ok(widthOf(line) <= 80 && printable(line) === line, line);
  }
  const events = (await piped(["tail", "--no-follow", "--failed", "--last", "2", "--json"])).output.trim().split("\n");
  assert.equal(
    events.map((line) => [JSON.parse(line).event, JSON.parse(line).status]),
    [
      ["ended", "failed"],
      ["ended", "failed"],
    ],
  );
});

test("a reader that has seen enough ends the command without an error", async () => {
  const child = spawn("sh", ["-c", `"$0" "$1" tail --json --last 3 | head -1`, process.execPath, PROGRAM], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: shop.url },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  await waitFor(async () => {
    await shop.pool.query("insert into public.orders (customer) values ('more')");
    return child.exitCode !== null;
  });
  assert.is(errors, "");
});

test("watch draws on the terminal's second screen, and leaves what it saw last", async () => {
  if (!HAS_SCRIPT) return console.log("skipped: there is no program `script` here");
  const command = `stty cols 60 rows 8; exec "${process.execPath}" "${PROGRAM}" watch`;
  const child = spawn("script", ["-qfec", command, "/dev/null"], {
    cwd: ROOT,
    env: { ...process.env, TERM: "xterm", DATABASE_URL: shop.url },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await waitFor(
    () => output.includes("\x1b[?1049h") && output.includes("\x1b[H\x1b[2KWorkers") && output.includes("lines more"),
  );
  child.stdin.write("\x03");
  assert.is((await once(child, "close"))[0], 0);
  const [, after = ""] = output.split("\x1b[?1049l");
  assert.match(after, /^Workers\r?\n/);
});

test("a run of many steps is shown by how far it is, why not further, how many stand where, and those that fail or are at work", async () => {
  const { rows } = await shop.pool.query<{ id: string }>(
    `with run as (
       insert into steward.runs (kind, subject_table, subject_id, status, started_at, total, done)
       values ('order', 'public.orders', 'many', 'running', now(), 203, 150) returning id
     ), made as (
       insert into steward.steps (run_id, name, item, task, lane, status, max_attempts)
       select r.id, 'pack', n, 'pack', 'database', (case when n <= 150 then 'succeeded' when n = 203 then 'retrying' else 'queued' end)::steward.step_status, 3
       from run r, generate_series(1, 203) n
     )
     select id from run`,
  );
  const { code, output } = await piped(["run", rows[0]?.id ?? ""]);
  assert.is(code, 0, output);
  assert.match(output, /█{8}░{4} 73 %: 150 of 203 steps/);
  assert.match(
    output,
    /\n\nqueued +pack +52 steps\nretrying +pack +1 step\nsucceeded +pack +150 steps\nretrying +pack \(203\)\n$/,
  );
  assert.match(output, "No worker is alive", "why it is not further");
  assert.not.match(output, "likely done");
  const data = JSON.parse((await piped(["run", rows[0]?.id ?? "", "--json"])).output);
  assert.is(data.steps.length, 100);
  assert.ok(data.steps.some(({ item }: { item: string }) => item === "203"));
  assert.equal(data.counts.map(({ steps }: { steps: number }) => steps).sort(), [1, 150, 52]);
  await shop.pool.query("delete from steward.runs where id = $1", [rows[0]?.id]);
});

test("values that cannot be meant are wrong arguments", async () => {
  for (const args of [
    ["runs", "--status", "broken"],
    ["runs", "--before", "soon"],
    ["pause"],
    ["unpause", "--task", "a", "--lane", "b"],
  ])
    assert.is((await piped(args)).code, 2, args.join(" "));
});

test("a question that is left without an answer changes nothing, and ends with 130 without a stack", async () => {
  if (!HAS_SCRIPT) return console.log("skipped: there is no program `script` here");
  await shop.pool.query("insert into public.orders (customer) values ('asked')");
  for (const key of ["\x03", "\x04"]) {
    const terminal = openTerminal("cancel --lifecycle order");
    await waitFor(() => terminal.output().includes("[y/N]"));
    terminal.type(key);
    assert.is(await terminal.code, 130);
    assert.not.match(terminal.output(), "Error");
  }
  const cancelled = await shop.pool.query("select from steward.runs where status = 'cancelled'");
  assert.is(cancelled.rowCount, 0);
});

test("tail says at a terminal that nothing has happened yet, and goes on", async () => {
  if (!HAS_SCRIPT) return console.log("skipped: there is no program `script` here");
  const empty = await createShop();
  try {
    const terminal = openTerminal("tail", empty.url);
    await waitFor(() => terminal.output().includes("nothing has happened yet"));
    await empty.pool.query("insert into public.orders (customer) values ('first')");
    await waitFor(() => terminal.output().includes("public.orders/1"));
    terminal.type("\x03");
    assert.is(await terminal.code, 0);
  } finally {
    await empty.close();
  }
});

function openTerminal(args: string, url = shop.url) {
  const child = spawn("script", ["-qfec", `exec "${process.execPath}" "${PROGRAM}" ${args}`, "/dev/null"], {
    cwd: ROOT,
    env: { ...process.env, TERM: "xterm", DATABASE_URL: url },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return {
    output: () => output,
    type: (keys: string) => child.stdin.write(keys),
    code: once(child, "close").then(([code]) => code as number | null),
  };
}

async function piped(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, DATABASE_URL: shop.url, LOG_LEVEL: "error" };
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

test.run();
