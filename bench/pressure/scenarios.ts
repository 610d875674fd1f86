// The nine scenarios of a public benchmark of Postgres queues (hardbyte/postgresql-job-queue-benchmarking), and a tenth of ours, with their
// phases in seconds at full length, and what disturbs the work in the second one. A disturbance lasts as long as it is told to, and leaves nothing behind.
import { setTimeout as sleep } from "node:timers/promises";
import type { Load } from "./load.ts";
import type { ScenarioPostgres } from "./postgres.ts";
import type { System } from "./system.ts";
import type { Workers } from "./workers.ts";

export interface Scene {
  readonly system: System;
  readonly postgres: ScenarioPostgres;
  readonly load: Load;
  readonly workers: Workers;
  readonly rate: number;
}

export interface Scenario {
  readonly rate: number;
  readonly workers: number;
  readonly places: number;
  readonly phases: { readonly baseline: number; readonly stress: number; readonly recovery: number };
  /** The load under stress, against before. */
  readonly surge?: number;
  /** Under stress nothing can be done for a time. */
  readonly isDown?: true;
  disturb(scene: Scene, ms: number): Promise<void>;
}

const SURGE = 1.5;
const CHAOS = { rate: 600, workers: 1, places: 10, phases: { baseline: 60, stress: 60, recovery: 60 } };
const PAIR = { rate: 300, workers: 2, places: 10, phases: { baseline: 60, stress: 120, recovery: 60 } };
const PRESSURE = { rate: 800, workers: 1, places: 32, phases: { baseline: 60, stress: 240, recovery: 120 } };

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "postgres-restart": { ...CHAOS, isDown: true, disturb: stopPostgres },
  "backend-kill": { ...CHAOS, disturb: endBackends },
  "pool-exhaustion": { ...CHAOS, disturb: holdConnections },
  "crash-recovery": { ...PAIR, disturb: (scene, ms) => killOne(scene, ms / 2, ms / 2) },
  "repeated-kills": {
    ...PAIR,
    async disturb(scene, ms) {
      for (let n = 0; n < 6; n++) await killOne(scene, 0, ms / 6);
    },
  },
  "idle-in-transaction": {
    ...PRESSURE,
    phases: { ...PRESSURE.phases, recovery: 180 },
    disturb: holdTransaction,
  },
  "sustained-high-load": { ...PRESSURE, surge: SURGE, disturb: raiseLoad },
  "active-readers": { ...PRESSURE, disturb: readAll },
  "event-burst": {
    ...PRESSURE,
    rate: 1_200,
    places: 64,
    phases: { baseline: 60, stress: 300, recovery: 240 },
    surge: SURGE,
    disturb: raiseLoad,
  },
  "held-snapshot": {
    ...PRESSURE,
    phases: { ...PRESSURE.phases, stress: 600 },
    disturb: holdTransaction,
  },
};

/** For half of the time. */
async function stopPostgres({ postgres }: Scene, ms: number): Promise<void> {
  await postgres.stop();
  await sleep(ms / 2);
  await postgres.start();
  await sleep(ms / 2);
}

/** Twice a second all that are at work. */
async function endBackends({ postgres }: Scene, ms: number): Promise<void> {
  const client = await postgres.connect();
  for (const until = performance.now() + ms; performance.now() < until; await sleep(500))
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state in ('active', 'idle in transaction')",
    );
  await client.end();
}

async function holdConnections({ postgres }: Scene, ms: number): Promise<void> {
  const clients = await Promise.all(Array.from({ length: 300 }, () => postgres.connect()));
  await sleep(ms);
  await Promise.all(clients.map((client) => client.end()));
}

/** One of them is gone for a time; both are there for the other. */
async function killOne({ workers }: Scene, goneMs: number, backMs: number): Promise<void> {
  await workers.kill();
  await sleep(goneMs);
  workers.add();
  await sleep(backMs);
}

async function holdTransaction({ postgres }: Scene, ms: number): Promise<void> {
  const client = await postgres.connect();
  await client.query("begin");
  await client.query("select pg_current_xact_id()");
  await sleep(ms);
  await client.end();
}

async function raiseLoad({ load, rate }: Scene, ms: number): Promise<void> {
  load.setRate(rate * SURGE);
  await sleep(ms);
  load.setRate(rate);
}

/** Four readers, each with one snapshot all the time. */
async function readAll({ system, postgres }: Scene, ms: number): Promise<void> {
  const until = performance.now() + ms;
  const read = async () => {
    const client = await postgres.connect();
    await client.query("begin isolation level repeatable read");
    for (; performance.now() < until; await sleep(100))
      for (const table of system.tables) await client.query(`select count(*) from ${table}`);
    await client.end();
  };
  await Promise.all(Array.from({ length: 4 }, read));
}
