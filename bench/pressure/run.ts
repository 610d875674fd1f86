// One scenario with one system, on a Postgres of its own: what was done in each phase, what it cost, and what became of the rest.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { size } from "../helpers/figures.ts";
import { at } from "../helpers/percentiles.ts";
import { startLoad } from "./load.ts";
import { type Look, openScenarioPostgres } from "./postgres.ts";
import type { Scenario } from "./scenarios.ts";
import type { System } from "./system.ts";
import type { Done } from "./work.ts";
import { createWorkers, type Workers } from "./workers.ts";

const WARM_UP_S = size(8, 1);
const DRAIN_MS = 120_000;
/** What is not done when nothing was done for so long is left. */
const QUIET_MS = size(30_000, 5_000);

export interface Phase {
  readonly name: string;
  /** When it ended, in seconds from the first phase's beginning. */
  readonly until: number;
  /** Jobs a second. */
  readonly rate: number;
  /** From asking for the start to the first line of the task, ms. */
  readonly p50: number;
  readonly p99: number;
  /** Of a job. */
  readonly commits: number;
  readonly walKb: number;
  /** Rows, at its end. */
  readonly dead: number;
}

export interface Outcome {
  readonly phases: readonly Phase[];
  /** When each job was done, in seconds from the first phase's beginning. */
  readonly times: readonly number[];
  readonly done: number;
  readonly doneAgain: number;
  /** Acknowledged, not done, and not there any more. */
  readonly lost: number;
  /** Still there. */
  readonly left: number;
  readonly refused: number;
  readonly stopMs: number;
  /** Of each worker process that ended by itself: what it said last. */
  readonly deserted: readonly string[];
}

/** `pace` is the length of the phases, against their full one. */
export async function runScenario(system: System, scenario: Scenario, pace: number): Promise<Outcome> {
  const postgres = await openScenarioPostgres();
  const { pool, url } = postgres;
  const workers = createWorkers(system.worker, url, scenario.places);
  try {
    const producer = await system.install(url, pool);
    for (let n = 0; n < scenario.workers; n++) workers.add();
    const load = startLoad(producer.offer, scenario.rate);
    const scene = { system, postgres, load, workers, rate: scenario.rate };
    await sleep(WARM_UP_S * 1_000);
    const looks: [phase: string, from: Look, to: Look][] = [];
    for (const [phase, seconds] of Object.entries(scenario.phases)) {
      const ms = seconds * pace * 1_000;
      const from = await postgres.look(system.tables);
      await (phase === "stress" ? scenario.disturb(scene, ms) : sleep(ms));
      looks.push([phase, from, await postgres.look(system.tables)]);
    }
    // Told to stop while there is work, and whatever is left then is for another.
    const stopMs = await workers.stop();
    await load.stop();
    await producer.close();
    workers.add();
    await drain(pool, system, workers);
    await workers.stop();
    const first = new Map(workers.done.toReversed().map((one) => [one[0], one]));
    const { rows } = await pool.query<{ subject: string }>(system.unfinished);
    const unfinished = new Set(rows.map(({ subject }) => Number(subject)));
    const begunAt = looks[0]?.[1].at ?? Number.NaN;
    return {
      phases: looks.map(([phase, from, to]) => measure(phase, from, to, [...first.values()], begunAt)),
      times: [...first.values()].map(([, endedAt]) => (endedAt - begunAt) / 1_000),
      done: first.size,
      doneAgain: workers.done.length - first.size,
      lost: load.acknowledged.filter((subject) => !first.has(subject) && !unfinished.has(subject)).length,
      left: unfinished.size,
      refused: load.refused,
      stopMs,
      deserted: workers.deserted,
    };
  } finally {
    await workers.stop();
    await postgres.close();
  }
}

/** Returns when all is done, or nothing is done any more. */
async function drain(pool: pg.Pool, { unfinished }: System, { done }: Workers): Promise<void> {
  const until = performance.now() + DRAIN_MS;
  let last = { at: performance.now(), count: done.length };
  for (; performance.now() < until; await sleep(200)) {
    if ((await pool.query(`${unfinished} limit 1`)).rowCount === 0) return;
    if (done.length > last.count) last = { at: performance.now(), count: done.length };
    if (performance.now() - last.at > QUIET_MS) return;
  }
}

function measure(name: string, from: Look, to: Look, done: readonly Done[], begunAt: number): Phase {
  const latencies = done.filter(([, endedAt]) => endedAt >= from.at && endedAt < to.at).map(([, , ms]) => ms);
  return {
    name,
    until: (to.at - begunAt) / 1_000,
    rate: latencies.length / ((to.at - from.at) / 1_000),
    p50: at(latencies, 0.5),
    p99: at(latencies, 0.99),
    commits: (to.commits - from.commits) / latencies.length,
    walKb: (to.wal - from.wal) / latencies.length / 1_000,
    dead: to.dead,
  };
}
