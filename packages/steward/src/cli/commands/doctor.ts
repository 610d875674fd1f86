// steward doctor: whether everything is in place, and how to put right what is not.
import { type AddCommand, action, EXIT } from "../action.ts";
import { cards } from "../output.ts";

const HELP = `
It reads, and changes nothing. It looks whether the database has this version's migrations and your lifecycles as they are now,
whether what they made is really there, whether the server and its settings suit (version, autovacuum, timeouts, a pooler, clocks,
transactions held open, dead rows), whether the triggers of attached tables are there and enabled, whether every step has a task
file that can be loaded and every task file a step, whether the crontab can be read, whether workers are there for what is due and can
begin it, who has locked a table, what is closed or paused, whether any promise is broken
(steward.violations), and what steward.config's examine looks for.

It ends with 0 when all is well and with 3 when it found a problem. Hints do not count as problems.`;

const add: AddCommand = (program) => {
  program
    .command("doctor")
    .summary("look whether everything is in place")
    .description("Looks whether everything is in place, and says how to put right what is not.")
    .addHelpText("after", HELP)
    .action(
      action(async (context) => {
        const { examine } = await import("../../doctor/index.ts");
        const setting = await context.setting();
        const findings = await context.withDatabase((client) => examine(client, setting));
        const shown = findings.map(({ level, message, next }) => ({ head: [level, message], lines: [next] }));
        const problems = findings.filter(({ level }) => level === "problem").length;
        const few = findings.length === 0 ? "All is well." : "No problem found, but read the hints.";
        const sum = problems === 0 ? few : `${problems} found.`;
        context.print(findings.length === 0 ? sum : `${cards(shown)}\n${sum}`, findings);
        return problems === 0 ? EXIT.done : EXIT.problems;
      }),
    );
};

export default add;
