// What steward pause and unpause have in common.
import { EngineError } from "../errors/index.ts";
import { type AddCommand, action } from "./action.ts";

interface Options {
  readonly task?: string;
  readonly lane?: string;
  readonly lifecycle?: string;
  readonly reason?: string;
}

/** The command of one of the two. */
export function pauseCommand(name: "pause" | "unpause", does: string): AddCommand {
  return (program) => {
    program
      .command(name)
      .summary(does)
      .description(`${does[0]?.toUpperCase()}${does.slice(1)}.`)
      .option("--task <name>", "a task")
      .option("--lane <name>", "a lane")
      .option("--lifecycle <name>", "a lifecycle")
      .option("--reason <words>", "why, for the audit")
      .addHelpText("after", `\n  $ npx steward ${name} --lane mail --reason "maintenance until 4:00"`)
      .action(
        action(async (context, { task, lane, lifecycle, reason }: Options) => {
          if ([task, lane, lifecycle].filter((named) => named !== undefined).length !== 1)
            throw new EngineError("ST801", {
              sentence: `steward ${name} takes one of --task, --lane and --lifecycle.`,
            });
          await context.withDatabase(async (client) => {
            const { rows } = await client.query<{ said: string }>(
              `select steward.${name}(task => $1, lane => $2, lifecycle => $3, reason => $4) as said`,
              [task, lane, lifecycle, reason],
            );
            const said = rows[0]?.said ?? "";
            context.say(said, { said });
          });
        }),
      );
  };
}
