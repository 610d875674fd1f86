// steward init: the files of a first lifecycle.
import { type AddCommand, action } from "../action.ts";

const HELP = `
It writes steward.config.ts, a lifecycle in steward/lifecycles, its task in tasks and a test in tests, and adds scripts to
package.json. What is there already stays as it is. Then:

  $ npx steward start --watch   runs the example's lifecycle, and goes on working until you stop it
  $ npm run steward:test        tests it, on a database of its own`;

const add: AddCommand = (program) => {
  program
    .command("init")
    .summary("write config, a first task, its lifecycle and a test")
    .description("Writes what an application needs to begin with into the present folder. It overwrites nothing.")
    .addHelpText("after", HELP)
    .action(
      action(async (context) => {
        const { init } = await import("../../init/index.ts");
        const written = init(process.cwd());
        const lines = [
          ...written.made.map((path) => `made ${path}`),
          ...written.kept.map((path) => `kept ${path}, which is there already`),
          ...(written.scripts.length > 0 ? [`added to package.json: ${written.scripts.join(", ")}`] : []),
          "Next: npx steward start --watch",
        ];
        context.say(lines.join("\n"), written);
      }),
    );
};

export default add;
