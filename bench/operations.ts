// What operators do in a large database: questions, steering 50,000 runs, and removing what is not kept any longer, while work goes on.
// npm run bench -- operations [--runs N] [--seconds N] [--keep] [--database URL] [--part questions | steering | retention]: N finished runs of two steps (5,000,000 unless said), a
// fifth as many jobs, a fiftieth as backlog. Building takes minutes: with --keep it stays up for a further call with --database URL.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type pg from "pg";
import { defineTask } from "steward/engine/define-task";
import { forgetRuns } from "steward/engine/retention";
import { openPool } from "steward/testing/server";
import { openBenchDatabase } from "./helpers/postgres.ts";
import { startBenchWorker } from "./helpers/worker.ts";
import { build } from "./operations/build.ts";
import { letOthersCome, type Others } from "./operations/others.ts";
import { ask } from "./operations/questions.ts";

const MANY = 50_000;
const IDLE_MS = 60_000;
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5000000" },
    seconds: { type: "string", default: "60" },
    keep: { type: "boolean", default: false },
    database: { type: "string" },
    part: { type: "string" },
  },
});

if (values.database === undefined) {
  const database = await openBenchDatabase();
  try {
    await build(database, Number(values.runs));
    if (values.keep) {
      console.log(`--database '${database.url}' measures in it, until this is stopped.`);
      const staying = setInterval(() => undefined, 60_000);
      await once(process, "SIGINT");
      clearInterval(staying);
    }
    await measure(database.url);
  } finally {
    await database.close();
  }
} else await measure(values.database);

function isWanted(part: string): boolean {
  return values.part === undefined || values.part === part;
}

async function measure(url: string): Promise<void> {
  const pool = openPool(url, { max: 4 });
  try {
    if (isWanted("questions")) await ask(pool);
    if (values.part === "questions") return;
    // The queue would be in the way of the orders that come: nobody does what is in it.
    await pool.query("update steward.runs set status = 'suspended' where kind = 'order' and status = 'pending'");
    await pool.query("truncate graphile_worker._private_jobs");
    await workWhile(url, async (others) => {
      if (isWanted("steering")) await steer(pool, others);
      if (isWanted("retention")) await forget(pool, others);
    });
  } finally {
    await pool.end();
  }
}

/** A worker is at the backlog, and single orders come in. */
async function workWhile(url: string, act: (others: Others) => Promise<void>): Promise<void> {
  const others = letOthersCome(url);
  const wait = defineTask(async () => void (await sleep(20)));
  const tasks = {
    pack_bulk: wait,
    send: wait,
    take: defineTask(async ({ subjectId }) => void others.begins(subjectId)),
  };
  const stopWorker = await startBenchWorker(url, tasks, "ours");
  try {
    await sleep(3_000);
    await act(others);
  } finally {
    await others.stop();
    await stopWorker();
  }
}

async function steer(pool: pg.Pool, others: Others): Promise<void> {
  console.log(`${MANY} runs at a time, s; others' statement and start, ms p50 / p99:`);
  others.report("(beginning)");
  await sleep(10_000);
  others.report("nothing of it");
  const acts = {
    "cancel, preview": `steward.cancel(lifecycle => 'bulk_order', most => ${MANY}, preview => true)`,
    reprioritise: `steward.reprioritise(20::smallint, lifecycle => 'bulk_order', most => ${MANY})`,
    cancel: `steward.cancel(lifecycle => 'bulk_order', most => ${MANY})`,
    "retry of what was cancelled": `steward.retry(lifecycle => 'bulk_order', status => 'cancelled', most => ${MANY})`,
    "retry of what failed": `steward.retry(lifecycle => 'order', status => 'failed', most => ${MANY})`,
  };
  for (const [name, act] of Object.entries(acts)) {
    const begun = performance.now();
    const { rows } = await pool.query<{ runs: number }>(`select count(*)::int as runs from ${act}`);
    const seconds = (performance.now() - begun) / 1_000;
    others.report(`${name}: ${rows[0]?.runs} in ${seconds.toFixed(1)} s`);
  }
}

async function forget(pool: pg.Pool, others: Others): Promise<void> {
  const ms = Number(values.seconds) * 1_000;
  await pool.query("checkpoint");
  console.log("Removing finished runs; others' statement and start, ms p50 / p99:");
  others.report("(before)");
  await sleep(Math.min(ms, IDLE_MS));
  const idle = others.report("nothing of it");
  await pool.query("update steward.lifecycles set keep = '1 second', keep_failed = '1 second' where kind = 'order'");
  const signal = AbortSignal.timeout(ms);
  const before = await rowsLeft(pool);
  others.report("(counting)");
  const begun = performance.now();
  // The worker looks once a minute too, and whoever meets the other at it leaves it to them.
  do await forgetRuns(pool, signal);
  while (!signal.aborted && (await isSomethingLeft(pool)));
  const seconds = (performance.now() - begun) / 1_000;
  const during = others.report("meanwhile");
  const left = await rowsLeft(pool);
  const removed = before - left;
  const ratio = (what: "statement" | "start") => (during[what] / idle[what]).toFixed(2);
  console.log(
    `  ${removed} runs and steps removed in ${seconds.toFixed(0)} s, ${(removed / seconds).toFixed(0)} per second, ${left} left; p99 ${ratio("statement")}x and ${ratio("start")}x`,
  );
}

async function isSomethingLeft(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ is_left: boolean }>(`select exists (
    select from steward.runs where finished_at < now() - interval '2 seconds' and kind = 'order' order by finished_at limit 1
  ) as is_left`);
  return rows[0]?.is_left ?? false;
}

/** A run and its two steps each. */
async function rowsLeft(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ rows: number }>(
    "select 3 * count(*)::int as rows from steward.runs where finished_at < now() - interval '2 seconds' and kind = 'order'",
  );
  return rows[0]?.rows ?? 0;
}
