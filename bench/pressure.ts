// Scenarios under which a queue may collapse, each on a Postgres of its own with real worker processes.
// npm run bench -- pressure [SCENARIO...] [--seconds N]: so many seconds for each minute of the scenario's phases; 60 is its full
// length (64 minutes in all), 18 the default.
import { tell } from "./helpers/figures.ts";
import { readChoice } from "./pressure/choice.ts";
import { plotOf } from "./pressure/curves.ts";
import { type Outcome, type Phase, runScenario } from "./pressure/run.ts";
import { SCENARIOS, type Scenario } from "./pressure/scenarios.ts";
import { steward } from "./pressure/steward/system.ts";

const { scenarios, pace } = readChoice(Object.keys(SCENARIOS), 18);
for (const [name, scenario] of scenarios) {
  const outcome = await runScenario(steward, scenario, pace);
  // As one does that finds the database older than code that was changed meanwhile.
  if (outcome.deserted.length > 0) throw new Error(`a worker ended by itself: ${outcome.deserted.join("; ")}`);
  await report(name, scenario, outcome);
}

async function report(part: string, scenario: Scenario, outcome: Outcome): Promise<void> {
  const [baseline, stress, recovery] = outcome.phases;
  const each = (say: (phase: Phase) => string) => outcome.phases.map(say).join(" / ");
  const share = (phase = baseline) => [((phase?.rate ?? Number.NaN) / (baseline?.rate ?? Number.NaN)) * 100];
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
      rounds: [baseline?.walKb ?? Number.NaN],
      atMost: 2.5,
      detail: `kB ${each(({ walKb }) => walKb.toFixed(1))}; commits ${each(({ commits }) => commits.toFixed(2))}; dead rows at the end ${each(({ dead }) => String(dead))}`,
    },
    {
      what: "lost",
      unit: "runs",
      rounds: [outcome.lost + outcome.left],
      atMost: 0,
      detail: `of ${outcome.done}; ${outcome.doneAgain} done more than once, ${outcome.refused} refused by Postgres`,
    },
    { what: "SIGTERM to the end of the last worker", unit: "s", rounds: [outcome.stopMs / 1_000], atMost: 5 },
  ];
  for (const figure of figures) await tell({ part, figure });
  await tell({ part, plot: plotOf(part, "steps", { "steps/s": outcome }) });
}
