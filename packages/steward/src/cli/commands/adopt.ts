// steward adopt: makes a copy of a database the one whose workers act on what lies outside.
import { type AddCommand, action } from "../action.ts";

const HELP = `
A database remembers where it is at home. In a copy of it (a restored dump, a renamed database) steps that lead out of the database
wait, so that a test copy does not act on real accounts. When the copy is to take over, adopt it. STEWARD_INSTANCE names whose
workers are meant, where two copies are alike.`;

const add: AddCommand = (program) => {
  program
    .command("adopt")
    .summary("make this copy of a database the real one")
    .description("Makes the database, a copy so far, the one whose workers act on what lies outside.")
    .addHelpText("after", HELP)
    .action(
      action(async (context) => {
        const { adopt } = await import("../../adopt.ts");
        const { engine } = await context.setting();
        const { said, waiting } = await context.withDatabase((client) => adopt(client, engine.instance));
        context.say(said, { waiting });
      }),
    );
};

export default add;
