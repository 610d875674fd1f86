// steward status: workers, open runs, what waits in each lane, what is paused, and what failed lately.
import { type AddCommand, action } from "../action.ts";
import { lookAtAll } from "../status.ts";

const HELP = `
Nothing is counted beyond 10,000. steward runs lists runs, steward why says what one of them waits for, steward doctor checks the whole.

  $ npx steward status
  $ npx steward status --json | jq .workers`;

const add: AddCommand = (program) => {
  program
    .command("status")
    .summary("show workers, open runs, what waits and what failed")
    .description(
      "Shows workers, open runs, what waits in each lane, what is paused, and what failed within the last hour.",
    )
    .addHelpText("after", HELP)
    .action(
      action(async (context) =>
        context.withDatabase(async (client) => {
          const { text, data } = await lookAtAll(client);
          context.print(text, data);
        }),
      ),
    );
};

export default add;
