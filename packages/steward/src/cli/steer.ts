// Commands that change runs: shown first, asked about where they are many, and written into the audit.
import { createInterface } from "node:readline/promises";
import { type Command, InvalidArgumentError } from "commander";
import type pg from "pg";
import { EngineError } from "../errors/index.ts";
import { type AddCommand, action, type Context, EXIT } from "./action.ts";
import { cards } from "./output.ts";
import { type Filter, filterOptions, filterValues, findRun, tableIn } from "./runs.ts";

interface Options extends Filter {
  readonly preview?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
  readonly priority?: number;
}

interface Steered {
  readonly run_id: string;
  readonly kind: string;
  readonly subject: string;
  readonly was: string;
  readonly becomes: string;
}

type Act = "retry" | "cancel" | "suspend" | "resume" | "reprioritise";
const SHOWN = 20;
const LARGEST_PRIORITY = 1_000;

/** The command of an act. */
export function steerCommand(act: Act, does: string, done: string): AddCommand {
  const name = act === "reprioritise" ? `${act} --priority 10` : act;
  const help = `
  $ npx steward ${name} public.orders/42 --reason "asked for"
  $ npx steward ${name} --lifecycle order --preview      only shows what would change
  $ npx steward ${name} --lifecycle order --yes          does not ask

Runs that a filter finds are shown first, and you are asked. Without a terminal, say --yes. The audit keeps who, when, what and why.
It ends with 3 when there was nothing to change, or you said no, and with 130 when you left the question with Ctrl-C.`;
  return (program: Command) => {
    const command = program
      .command(act)
      .argument("[run]", "a run's id, or TABLE/KEY of the row that it is about")
      .summary(does)
      .description(`${does[0]?.toUpperCase()}${does.slice(1)}: one run, or all that a filter finds.`);
    if (act === "reprioritise")
      command.requiredOption(
        "--priority <number>",
        "added to that of each step: smaller goes first, 0 is usual, from 10 on a run waits as bulk work does",
        toPriority,
      );
    filterOptions(command)
      .option("--preview", "change nothing, show what would change")
      .option("--yes", "do not ask")
      .option("--reason <words>", "why, for the audit")
      .addHelpText("after", help)
      .action(
        action(async (context, named: string | undefined, options: Options) =>
          context.withDatabase((client) => steer(context, client, { act, done, named, options })),
        ),
      );
  };
}

function toPriority(text: string): number {
  const priority = Number(text);
  if (Number.isInteger(priority) && Math.abs(priority) <= LARGEST_PRIORITY) return priority;
  throw new InvalidArgumentError(`It is a whole number, ${-LARGEST_PRIORITY} to ${LARGEST_PRIORITY}.`);
}

interface Steering {
  readonly act: Act;
  readonly done: string;
  readonly named: string | undefined;
  readonly options: Options;
}

async function steer(context: Context, client: pg.Client, { act, done, named, options }: Steering): Promise<number> {
  const run = named === undefined ? null : (await findRun(client, named)).id;
  const call = async (preview: boolean) => {
    const { rows } = await client.query<Steered>(
      `select * from steward.${act}(${options.priority === undefined ? "" : `priority => ${options.priority}::smallint, `}run => $1, lifecycle => $2, status => $3, code => $4, subject_table => ${tableIn("$5")}, subject_id => $6,
         owner => $7, scope => $8, made_before => $9, made_after => $10, preview => $11, reason => $12)`,
      [run, ...filterValues(options), preview, options.reason ?? null],
    );
    return rows;
  };
  if (options.preview || (run === null && !options.yes)) {
    const rows = await call(true);
    if (options.preview || rows.length === 0) {
      context.print(`${listed(rows)}${rows.length} would be ${done}.`, rows);
      return rows.length === 0 ? EXIT.problems : EXIT.done;
    }
    const isMeant = await agrees(`${listed(rows)}${rows.length} would be ${done}. Go on?`);
    if (!isMeant) return isMeant === undefined ? EXIT.stopped : EXIT.problems;
  }
  const rows = await call(false);
  context.print(`${listed(rows)}${rows.length} ${done}.`, rows);
  return rows.length === 0 ? EXIT.problems : EXIT.done;
}

function listed(rows: readonly Steered[]): string {
  const shown = rows.slice(0, SHOWN).map(({ run_id, kind, subject, was, becomes }) => ({
    head: [was, `-> ${becomes}`, kind, subject],
    lines: [`run ${run_id}`],
  }));
  const more = rows.length > SHOWN ? `... and ${rows.length - SHOWN} more\n` : "";
  return shown.length === 0 ? "" : `${cards(shown)}\n${more}`;
}

const isAbort = (error: unknown) => error instanceof Error && error.name === "AbortError";

/** Undefined when the question is left without an answer. */
async function agrees(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY)
    throw new EngineError("ST801", {
      sentence: "This would change many runs, and there is nobody to ask: say --yes, or --preview.",
    });
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
  } catch (error) {
    // Ctrl-C or Ctrl-D: no answer is a no.
    if (!isAbort(error)) throw error;
    process.stderr.write("\n");
    return undefined;
  } finally {
    asking.close();
  }
}
