// steward run: one run with its steps and their attempts.
import { type AddCommand, action } from "../action.ts";
import { lookAtRun } from "../run.ts";

const HELP = `
  $ npx steward run public.orders/42
  $ npx steward run 0197f3c2-9a41-7b6e-9c1d-2f1b8a5e4d10 --json

Of more than 20 steps it is shown how many stand where, and five that failed, try again or are at work; with --json up to 100, these first. Of attempts those that did not succeed. steward why says what it waits for.`;

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
          const { text, data } = await lookAtRun(client, named);
          context.print(text, data);
        }),
      ),
    );
};

export default add;
