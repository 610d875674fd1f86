// steward watch: the whole, or one run until it ends, as it changes.
import { type AddCommand, action, EXIT } from "../action.ts";
import { follow } from "../follow.ts";
import { lookAtRun } from "../run.ts";
import { lookAtAll } from "../status.ts";

const HELP = `
On a terminal the picture is drawn anew each second. Piped, it is printed whenever something has changed; with --json as one line.
A run is watched until it ends: exit code 0 if it succeeded, 3 if not, 130 if you stopped before.

  $ npx steward watch
  $ npx steward watch public.orders/42
  $ npx steward watch public.orders/42 --json`;

const CODES: Readonly<Record<string, number>> = {
  succeeded: EXIT.done,
  failed: EXIT.problems,
  cancelled: EXIT.problems,
};

const add: AddCommand = (program) => {
  program
    .command("watch")
    .argument("[run]", "a run's id, or TABLE/KEY of the row that it is about; without one, what steward status shows")
    .summary("watch a run, or the whole")
    .description("Watches a run until it ends, or how the whole stands until you stop it.")
    .addHelpText("after", HELP)
    .action(
      action(async (context, named: string | undefined) =>
        context.withDatabase(async (client) => {
          if (named === undefined) {
            await follow(
              context.json,
              () => lookAtAll(client),
              () => false,
            );
            return EXIT.done;
          }
          const { data } = await follow(
            context.json,
            () => lookAtRun(client, named),
            (seen) => seen.data.status in CODES,
          );
          return CODES[data.status] ?? EXIT.stopped;
        }),
      ),
    );
};

export default add;
