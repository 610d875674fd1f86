// The plot of a scenario: how many jobs a second were done, over its time.
import type { Plot } from "../helpers/figures.ts";
import type { Outcome } from "./run.ts";

const POINTS = 60;

/** One line for each outcome, by name. `jobs` is what they are called. */
export function plotOf(scenario: string, jobs: string, outcomes: Readonly<Record<string, Outcome>>): Plot {
  const [first] = Object.values(outcomes);
  const ends = first?.phases.map(({ name, until }) => `${name} until ${until.toFixed(0)} s`) ?? [];
  return {
    title: `${scenario}: ${jobs} a second; ${ends.join(", ")}`,
    x: "seconds",
    y: `${jobs}/s`,
    lines: Object.fromEntries(Object.entries(outcomes).map(([name, outcome]) => [name, curveOf(outcome)])),
  };
}

function curveOf({ phases, times }: Outcome): [seconds: number, rate: number][] {
  const end = phases.at(-1)?.until ?? 0;
  const width = Math.max(1, end / POINTS);
  const counts = Array.from({ length: Math.floor(end / width) }, () => 0);
  for (const time of times) {
    const n = Math.floor(time / width);
    if (n in counts) counts[n] = (counts[n] ?? 0) + 1;
  }
  return counts.map((count, n) => [width * (n + 0.5), count / width]);
}
