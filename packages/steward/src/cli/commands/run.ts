// steward run: one run with its steps and their attempts.
import { type AddCommand, action } from "../action.ts";
import { cards, wrap } from "../output.ts";
import { findRun } from "../runs.ts";

const HELP = `
  $ npx steward run public.orders/42
  $ npx steward run 0197f3c2-9a41-7b6e-9c1d-2f1b8a5e4d10 --json

Shows the first 100 steps, and of attempts those that did not succeed. steward why says what it waits for.`;

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

const add: AddCommand = (program) => {
  program
    .command("run")
    .argument("<run>", "a run's id, or TABLE/KEY of the row that it is about")
    .summary("show a run, its steps and attempts")
    .description("Shows a run with its steps and their attempts.")
    .addHelpText("after", HELP)
    .action(
      action(async (context, named: string) =>
        context.withDatabase(async (client) => {
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
          const head = `${run.kind} of ${run.subject_table}/${run.subject_id}: ${run.status}\nrun ${run.id}`;
          context.print(`${wrap(head)}\n\n${steps}`, { ...run, steps: rows });
        }),
      ),
    );
};

export default add;
