// One run with its steps and their attempts, for the commands run and watch.
import type pg from "pg";
import type { Look } from "./follow.ts";
import { cards } from "./output.ts";
import { describeRun, type FoundRun, findRun } from "./runs.ts";

interface ShownStep {
  readonly id: string;
  readonly name: string;
  readonly item: string | null;
  readonly status: string;
  readonly attempts: readonly {
    readonly attempt: number;
    readonly outcome: string;
    readonly host: string | null;
    readonly pid: number | null;
    readonly error_code: string | null;
    readonly words: string | null;
  }[];
}

const STEPS = `
select s.id::text, s.name, s.item, s.status, s.ready_at, s.error_code, s.error_message, coalesce((
  select json_agg(to_jsonb(a) - 'run_id' - 'step_id' - 'step' - 'item' order by a.attempt)
  from steward.attempts a where a.step_id = s.id
), '[]') as attempts
from steward.steps s where s.run_id = $1 order by s.id limit 100`;

/** Looks at the run that is named by its id or by its row. ST110 when there is none. */
export async function lookAtRun(
  client: pg.Client,
  named: string,
): Promise<Look & { readonly data: FoundRun & { readonly steps: readonly ShownStep[] } }> {
  const run = await findRun(client, named);
  const { rows } = await client.query<ShownStep>(STEPS, [run.id]);
  const steps = cards(
    rows.map(({ name, item, status, attempts }) => ({
      head: [status, item === null ? name : `${name} (${item})`],
      lines: attempts
        .filter(({ outcome }) => outcome !== "succeeded")
        .map(({ attempt, outcome, host, pid, error_code, words }) =>
          [`attempt ${attempt}: ${outcome}`, host && `at ${host} (${pid})`, error_code, words]
            .filter(Boolean)
            .join(" "),
        ),
    })),
  );
  return { text: `${describeRun(run)}\n\n${steps}`, data: { ...run, steps: rows } };
}
