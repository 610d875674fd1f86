// steward why: why a run is not further, or how it ended.

import { wrap } from "../../text.ts";
import { type AddCommand, action, EXIT } from "../action.ts";
import { describeRun, findRun } from "../runs.ts";

const HELP = `
Names a run by its id, or the row that it is about: the latest run of it is meant.

  $ npx steward why 0197f3c2-9a41-7b6e-9c1d-2f1b8a5e4d10
  $ npx steward why public.orders/42
  $ npx steward why public.orders/42 --json

The code, and who can act, are in docs/operate.md.`;

interface Explained {
  readonly code: string;
  readonly who: string;
  readonly explanation: string;
}

const add: AddCommand = (program) => {
  program
    .command("why")
    .argument("<run>", "a run's id, or TABLE/KEY of the row that it is about")
    .summary("say why a run is not further")
    .description("Says why a run is not further, or how it ended, and who can act.")
    .addHelpText("after", HELP)
    .action(
      action(async (context, named: string) =>
        context.withDatabase(async (client) => {
          const run = await findRun(client, named);
          const { rows } = await client.query<Explained>("select * from steward.explain_run($1)", [run.id]);
          const found = rows[0];
          if (!found) return EXIT.failed;
          const { code, who, explanation } = found;
          const act = who === "nobody" ? "nobody needs to act" : `the ${who} can act`;
          context.print(`${describeRun(run)}\n\n${wrap(explanation)}\n\n(${code}; ${act})`, { run: run.id, ...found });
          return EXIT.done;
        }),
      ),
    );
};

export default add;
