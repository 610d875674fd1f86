// What a command of the scenarios is asked for: [SCENARIO...] [--seconds N].
import { parseArgs } from "node:util";
import { size } from "../helpers/figures.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

export interface Choice {
  readonly scenarios: readonly (readonly [name: string, scenario: Scenario])[];
  /** The length of the phases, against their full one. */
  readonly pace: number;
}

/** `names` and `seconds` for each minute of a phase unless the arguments say others. */
export function readChoice(names: readonly string[], seconds: number): Choice {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { seconds: { type: "string" } } });
  const chosen = positionals.length > 0 ? positionals : size(1, 0) ? names : ["postgres-restart"];
  return {
    pace: Number(values.seconds ?? size(seconds, 1)) / 60,
    scenarios: chosen.map((name) => {
      const scenario = SCENARIOS[name];
      if (scenario === undefined) throw new Error(`no scenario ${name}: ${Object.keys(SCENARIOS).join(", ")}`);
      return [name, { ...scenario, rate: size(scenario.rate, 50) }];
    }),
  };
}
