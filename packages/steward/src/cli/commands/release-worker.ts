// steward release-worker: takes everything out of the hands of a worker that hangs.
import { type AddCommand, action, wholeNumber } from "../action.ts";

const HELP = `
  $ npx steward status                          lists the workers with their ids
  $ npx steward release-worker 17 --reason "does not answer"`;

const add: AddCommand = (program) => {
  program
    .command("release-worker")
    .argument("<id>", "the worker's id", wholeNumber)
    .summary("take all work from a worker that hangs")
    .description("Takes everything out of the hands of a worker that hangs: its steps begin again elsewhere.")
    .option("--reason <words>", "why, for the audit")
    .addHelpText("after", HELP)
    .action(
      action(async (context, id: number, { reason }: { readonly reason?: string }) =>
        context.withDatabase(async (client) => {
          const { rows } = await client.query<{ said: string }>("select steward.release_worker($1, $2) as said", [
            id,
            reason,
          ]);
          const said = rows[0]?.said ?? "";
          context.say(said, { said });
        }),
      ),
    );
};

export default add;
