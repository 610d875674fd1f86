// What is amiss is noticed without anybody looking: raised once, ended once, and told to a webhook until it answers.
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type pg from "pg";
import { deliver } from "steward/engine/monitors";
import { log } from "steward/log";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { defineLifecycle, knowWorker, startRun, startRuns } from "../helpers/lifecycle.ts";

const test = suite("monitors");
let database: TestDatabase;
let db: pg.Pool;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
});
test.before.each(async () => {
  await db.query(
    "truncate steward.runs, steward.steps, steward_private.workers, steward.alerts, steward_private.deliveries, steward_private.backlog_sizes, graphile_worker._private_jobs",
  );
  await db.query("update steward_private.watched set looked_at = '-infinity', violations_at = '-infinity'");
  await knowWorker(db, 901);
});
test.after(() => database.close());

/** What was raised and ended when it was time to look again. */
async function watch(): Promise<string[]> {
  await db.query(
    "update steward_private.watched set looked_at = clock_timestamp() - interval '20 seconds', violations_at = '-infinity'",
  );
  const { rows } = await db.query<{ what: string }>(
    "select concat_ws(' ', event, monitor, nullif(target, '')) as what from steward.watch(true)",
  );
  return rows.map(({ what }) => what);
}

test("nothing is amiss: no alert", async () => {
  assert.equal(await watch(), []);
});

test("slow runs are raised once and ended once, also when many look at the same time", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  await db.query("update steward.runs set created_at = now() - interval '10 minutes'");
  await db.query("update steward_private.watched set looked_at = clock_timestamp() - interval '20 seconds'");
  const looks = await Promise.all(Array.from({ length: 8 }, () => db.query("select monitor from steward.watch()")));
  assert.equal(
    looks.flatMap(({ rows }) => rows),
    [{ monitor: "slow_runs" }],
  );
  assert.equal(await watch(), [], "not again");
  await db.query("select steward.cancel(run => $1)", [run]);
  assert.equal(await watch(), [`ended slow_runs ${kind}`]);
  assert.equal(await watch(), []);
});

test("no worker: seen by whoever looks, or told afterwards by the first worker that comes", async () => {
  await db.query("delete from steward_private.workers");
  assert.equal(await watch(), ["raised no_worker"]);
  await knowWorker(db, 902);
  assert.equal(await watch(), ["ended no_worker"]);
  // One outage is one alert, also for a cron job that looks seldom.
  await db.query("delete from steward_private.workers");
  await db.query("update steward_private.watched set looked_at = clock_timestamp() - interval '1 hour'");
  assert.equal((await db.query("select event, monitor from steward.watch()")).rows, [
    { event: "raised", monitor: "no_worker" },
  ]);
  await knowWorker(db, 902);
  assert.equal(await watch(), ["ended no_worker"]);
  await db.query("update steward_private.watched set looked_at = clock_timestamp() - interval '1 hour'");
  const { rows } = await db.query("select event, message from steward.watch()");
  const message = "No worker was alive for 60 min.";
  assert.equal(rows, [
    { event: "raised", message },
    { event: "ended", message },
  ]);
});

test("no worker for a task", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  await startRun(db, kind);
  await db.query("update steward_private.workers set tasks = '{b}'");
  assert.equal(await watch(), [], "a deploy may take a moment");
  await db.query("update steward.steps set ready_at = now() - interval '40 seconds'");
  assert.equal(await watch(), ["raised no_worker_for_task a"]);
  await db.query("update steward_private.workers set tasks = '{a,b}'");
  assert.equal(await watch(), ["ended no_worker_for_task a"]);
});

test("a backlog that grows, until it clearly shrinks", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  await startRuns(db, kind, 1_200);
  const before = (steps: number) =>
    db.query(
      `insert into steward_private.backlog_sizes (lane, at, steps, age) values ('database', now() - interval '6 minutes', $1, '1 s')
       on conflict (lane, at) do nothing`,
      [steps],
    );
  await before(1_300);
  assert.equal(await watch(), []);
  await before(1_100);
  assert.equal(await watch(), ["raised backlog_grows database"]);
  await before(1_250);
  assert.equal(await watch(), [], "it hardly shrinks");
  await before(2_000);
  assert.equal(await watch(), ["ended backlog_grows database"]);
});

test("a held snapshot", async () => {
  await db.query("insert into steward.settings values ('held_snapshot_seconds', 0, '')");
  const holder = await db.connect();
  try {
    await holder.query("begin isolation level repeatable read");
    await holder.query("select from steward.runs");
    assert.equal(await watch(), ["raised held_snapshot"]);
    await holder.query("rollback");
    await db.query("delete from steward.settings where name = 'held_snapshot_seconds'");
    assert.equal(await watch(), ["ended held_snapshot"]);
  } finally {
    holder.release(true);
  }
});

test("broken promises", async () => {
  await startRun(db, await defineLifecycle(db, [{ name: "a" }]));
  await db.query("update steward.runs set created_at = now() - interval '1 minute'");
  const { rows } = await db.query("delete from steward.steps returning *");
  assert.is(rows.length, 1);
  assert.equal(await watch(), ["raised violations"]);
  await db.query("delete from steward.runs");
  assert.equal(await watch(), ["ended violations"]);
});

test("a table that somebody has locked is no broken promise, nor the end of one", async () => {
  const [holder, looker] = await Promise.all([db.connect(), db.connect()]);
  try {
    await holder.query("begin; lock table app_public.users in access exclusive mode");
    await db.query("update steward_private.watched set looked_at = '-infinity', violations_at = '-infinity'");
    await looker.query("set lock_timeout = '50ms'");
    assert.equal((await looker.query("select event, monitor, message from steward.watch()")).rows, []);
  } finally {
    holder.release(true);
    looker.release(true);
  }
});

test("the webhook is told of both in order, signed, and again until it answers; nothing tells its secret or address", async () => {
  const secret = "a secret of more than 32 characters";
  const told: { id: string; status: number; isSigned: boolean }[] = [];
  let status = 500;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const [, t, v1] = /^t=(\d+),v1=(\w+)$/.exec(String(request.headers["steward-signature"])) ?? [];
      const isSigned = v1 === createHmac("sha256", secret).update(`${t}.${body}`).digest("hex");
      told.push({ id: (JSON.parse(body) as { id: string }).id.replace(/\d+/, "N"), status, isSigned });
      response.writeHead(status).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook-with-a-key`;
  const words: string[] = [];
  const listener = { ...log, warn: (fields: object) => words.push(JSON.stringify(fields)) } as unknown as typeof log;
  const due = () => db.query("update steward_private.deliveries set next_at = now()");
  try {
    await db.query("delete from steward_private.workers");
    await watch();
    await knowWorker(db, 902);
    await watch();
    await deliver(db, listener, { url, secret });
    await deliver(db, listener, { url, secret });
    assert.equal(
      told.splice(0),
      [{ id: "N-raised", status: 500, isSigned: true }],
      "put off, and the end waits for it",
    );
    status = 204;
    await due();
    await deliver(db, listener, { url, secret });
    await due();
    await deliver(db, listener, { url, secret });
    await due();
    await deliver(db, listener, { url, secret });
    assert.equal(told, [
      { id: "N-raised", status: 204, isSigned: true },
      { id: "N-ended", status: 204, isSigned: true },
    ]);
    assert.is(words.length, 1);
    assert.not.match(words.join(), /hook-with-a-key|a secret/);
  } finally {
    server.close();
  }
});

test.run();
