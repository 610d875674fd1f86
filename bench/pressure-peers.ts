// The scenarios of pressure with Steward, graphile-worker and pg-boss one after the other: the same driver, processes and disturbances,
// each on a Postgres of its own with the same settings. npm ci --prefix bench/peers, then
// npm run bench -- pressure-peers [SCENARIO...] [--seconds N]: so many seconds for each minute of the scenario's phases; 10 is the default.
import { size, tell } from "./helpers/figures.ts";
import { readChoice } from "./pressure/choice.ts";
import { plotOf } from "./pressure/curves.ts";
import { graphileWorker } from "./pressure/graphile-worker/system.ts";
import { pgBoss } from "./pressure/pg-boss/system.ts";
import { type Outcome, type Phase, runScenario } from "./pressure/run.ts";
import { SCENARIOS } from "./pressure/scenarios.ts";
import { steward } from "./pressure/steward/system.ts";

// The tests have no pg-boss.
const systems = [steward, graphileWorker, ...(size(1, 0) ? [pgBoss] : [])];
const published = Object.keys(SCENARIOS).filter((name) => name !== "held-snapshot");

const { scenarios, pace } = readChoice(published, 10);
for (const [part, scenario] of scenarios) {
  const outcomes: Record<string, Outcome> = {};
  for (const system of systems) {
    const outcome = await runScenario(system, scenario, pace);
    const [said] = outcome.deserted;
    if (said !== undefined) console.error(`a worker of ${system.name} ended by itself: ${said}`);
    outcomes[system.name] = outcome;
    await tell({ part, figure: figureOf(system.name, outcome) });
  }
  await tell({ part, plot: plotOf(part, "jobs", outcomes) });
}

function figureOf(name: string, outcome: Outcome) {
  const [baseline, stress] = outcome.phases;
  const each = (say: (phase: Phase) => string) => outcome.phases.map(say).join(" / ");
  const ended = outcome.deserted.length;
  return {
    what: `${name}: jobs/s under stress`,
    unit: "% of before",
    rounds: [((stress?.rate ?? Number.NaN) / (baseline?.rate ?? Number.NaN)) * 100],
    detail: [
      `${each(({ rate }) => rate.toFixed(0))} jobs/s before / under / after stress`,
      `start asked for to begin, p99: ${each(({ p99 }) => String(p99))} ms`,
      `WAL of a job ${each(({ walKb }) => walKb.toFixed(1))} kB, commits ${each(({ commits }) => commits.toFixed(2))}`,
      `dead rows ${each(({ dead }) => String(dead))}`,
      `lost ${outcome.lost} of ${outcome.done}, left ${outcome.left}, done again ${outcome.doneAgain}, refused ${outcome.refused}`,
      `stopped in ${(outcome.stopMs / 1_000).toFixed(1)} s${ended > 0 ? `; ${ended} times a worker ended by itself, and was started again` : ""}`,
    ].join("; "),
  };
}
