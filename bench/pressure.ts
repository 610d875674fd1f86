// Scenarios under which a queue may collapse, each on a Postgres of its own with real worker processes.
// npm run bench -- pressure [SCENARIO...] [--seconds N]: so many seconds for each minute of the scenario's phases; 60 is its full
// length (64 minutes in all), 18 the default.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { size, tell } from "./helpers/figures.ts";
import { at } from "./helpers/percentiles.ts";
import { startLoad } from "./pressure/load.ts";
import { type Look, openScenarioPostgres } from "./pressure/postgres.ts";
import { SCENARIOS, type Scenario } from "./pressure/scenarios.ts";
import { createWorkers } from "./pressure/workers.ts";

const WARM_UP_S = size(8, 1);
const POINTS = 60;
const DRAIN_MS = 120_000;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seconds: { type: "string" } } });
const pace = Number(values.seconds ?? size(18, 1)) / 60;
const chosen = positionals.length > 0 ? positionals : size(1, 0) ? Object.keys(SCENARIOS) : ["postgres-restart"];
for (const name of chosen) {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`no scenario ${name}: ${Object.keys(SCENARIOS).join(", ")}`);
  await measure(name, { ...scenario, rate: size(scenario.rate, 50) });
}

interface Phase {
  readonly name: string;
  readonly from: Look;
  readonly to: Look;
}

async function measure(name: string, scenario: Scenario): Promise<void> {
  const postgres = await openScenarioPostgres();
  const { pool } = postgres;
  const workers = createWorkers(postgres.url, scenario.places);
  try {
    for (let n = 0; n < scenario.workers; n++) workers.add();
    const load = startLoad(pool, scenario.rate);
    const scene = { postgres, load, workers, rate: scenario.rate };
    await sleep(WARM_UP_S * 1_000);
    const phases: Phase[] = [];
    for (const [phase, seconds] of Object.entries(scenario.phases)) {
      const ms = seconds * pace * 1_000;
      const from = await postgres.look();
      await (phase === "stress" ? scenario.disturb(scene, ms) : sleep(ms));
      phases.push({ name: phase, from, to: await postgres.look() });
    }
    // Told to stop while there is work, and whatever is left then is for another.
    const stopMs = await workers.stop();
    await load.stop();
    workers.add();
    await drained();
    await workers.stop();
    // As one does that finds the database older than code that was changed meanwhile; what it has not done would be told as lost.
    if (workers.deserted.length > 0) throw new Error(`a worker ended by itself: ${workers.deserted.join("; ")}`);
    await report(phases, stopMs, await lost(load.acknowledged), load.refused);
  } finally {
    await workers.stop();
    await postgres.close();
  }

  async function drained(): Promise<void> {
    const open = "select 1 from steward.runs where status in ('pending', 'running') limit 1";
    for (const until = performance.now() + DRAIN_MS; performance.now() < until; await sleep(200))
      if (workers.deserted.length > 0 || (await pool.query(open)).rowCount === 0) return;
  }

  async function lost(subjects: readonly number[]): Promise<number> {
    const { rows } = await pool.query<{ n: number }>(
      "select count(*)::int as n from unnest($1::text[]) s (subject) where not exists (select from steward.runs where subject_id = s.subject and status = 'succeeded')",
      [subjects],
    );
    return rows[0]?.n ?? Number.NaN;
  }

  async function report(phases: readonly Phase[], stopMs: number, missing: number, refused: number): Promise<void> {
    const { rows } = await pool.query<{ at: string }>(
      "select extract(epoch from finished_at) * 1000 as at from steward.runs where status = 'succeeded'",
    );
    const finished = rows.map((row) => Number(row.at));
    const again = await pool.query<{ n: number }>("select count(*)::int as n from steward.steps where attempts > 1");
    const measured = phases.map(({ name: phase, from, to }) => {
      const done = finished.filter((when) => when >= from.at && when < to.at).length;
      const latencies = workers.begun.filter(([when]) => when >= from.at && when < to.at).map(([, ms]) => ms);
      return {
        phase,
        rate: done / ((to.at - from.at) / 1_000),
        p50: at(latencies, 0.5),
        p99: at(latencies, 0.99),
        commits: (to.commits - from.commits) / done,
        wal: (to.wal - from.wal) / done / 1_000,
        dead: to.dead,
      };
    });
    const each = (say: (one: (typeof measured)[number]) => string) => measured.map(say).join(" / ");
    const [baseline, stress, recovery] = measured;
    const share = (one = baseline) => [((one?.rate ?? Number.NaN) / (baseline?.rate ?? Number.NaN)) * 100];
    const figures = [
      {
        what: "steps/s under stress",
        unit: "% of before",
        rounds: share(stress),
        ...(scenario.isDown !== true && { atLeast: 95 * (scenario.surge ?? 1) }),
        detail: `${each(({ rate }) => rate.toFixed(0))} steps/s before / under / after stress`,
      },
      { what: "steps/s afterwards", unit: "% of before", rounds: share(recovery), atLeast: 95 },
      {
        what: "start asked for to the first line of the task, under stress, p99",
        unit: "ms",
        rounds: [stress?.p99 ?? Number.NaN],
        ...(scenario.isDown !== true && { atMost: 1_000 }),
        detail: `p50, p99 ${each(({ p50, p99 }) => `${p50}, ${p99}`)}`,
      },
      {
        what: "WAL of a step before stress, its start included",
        unit: "kB",
        rounds: [baseline?.wal ?? Number.NaN],
        atMost: 2.5,
        detail: `kB ${each(({ wal }) => wal.toFixed(1))}; commits ${each(({ commits }) => commits.toFixed(2))}; dead rows at the end ${each(({ dead }) => String(dead))}`,
      },
      {
        what: "lost",
        unit: "runs",
        rounds: [missing],
        atMost: 0,
        detail: `of ${finished.length}; ${again.rows[0]?.n} begun more than once, ${refused} refused by Postgres`,
      },
      { what: "SIGTERM to the end of the last worker", unit: "s", rounds: [stopMs / 1_000], atMost: 5 },
    ];
    for (const figure of figures) await tell({ part: name, figure });
    await tell({
      part: name,
      plot: {
        title: `${name}: steps a second; ${phases.map(({ name: phase, to }) => `${phase} until ${seconds(to.at)} s`).join(", ")}`,
        x: "seconds",
        y: "steps/s",
        lines: { "steps/s": curve() },
      },
    });

    function seconds(when: number): number {
      return Math.round((when - (phases[0]?.from.at ?? 0)) / 1_000);
    }

    function curve(): [number, number][] {
      const [from, to] = [phases[0]?.from.at ?? 0, phases.at(-1)?.to.at ?? 0];
      const width = Math.max(1_000, (to - from) / POINTS);
      const counts = Array.from({ length: Math.floor((to - from) / width) }, () => 0);
      for (const when of finished) {
        const n = Math.floor((when - from) / width);
        if (n in counts) counts[n] = (counts[n] ?? 0) + 1;
      }
      return counts.map((count, n) => [(width / 1_000) * (n + 0.5), count / (width / 1_000)]);
    }
  }
}
