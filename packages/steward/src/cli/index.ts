// The command `steward`. Each file in commands/ adds one command to it: adding one is adding a file.
import { readdirSync } from "node:fs";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Command, CommanderError } from "commander";
import { tell } from "../command.ts";
import { lineWidth, oneLine, printableJson } from "../text.ts";
import { VERSION } from "../version.ts";
import { type AddCommand, EXIT, report } from "./action.ts";
import { fitHelp } from "./help.ts";
import { addOwnCommands } from "./own.ts";

const COMMANDS = join(import.meta.dirname, "commands");

const EPILOGUE = `
Begin:
  $ npx steward init       writes steward.config.ts, a first task, its lifecycle and a test
  $ npx steward start      everything in one process (--watch: it follows your changes), with a Postgres of its own if DATABASE_URL is not set

The database is that of DATABASE_URL (the owner's connection), or a Postgres in the folder .data.
Where tasks and lifecycles are, steward.config.ts says.

Exit codes: 0 done; 1 it failed, and stderr says why and what to do; 2 wrong arguments or settings; 3 it looked and found problems; 130 you stopped it before it had an answer.`;

/** Runs the command that the arguments name, and ends the process. */
export async function main(argv: readonly string[] = process.argv): Promise<void> {
  const json = argv.includes("--json");
  const program = await createProgram(json);
  process.stdout.on("error", endWithReader);
  try {
    await addOwnCommands(program, argv.slice(2));
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      if (json && error.code === "commander.help") refuse(json, "no command is named");
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
    } else process.exitCode = report(json, error);
  }
}

/** Whoever read the output has seen enough, such as `head`: that is no failure of ours. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.done);
}

/** The program with all its commands; with `json` it says as JSON what is wrong with the arguments. */
async function createProgram(json: boolean): Promise<Command> {
  const program = new Command("steward")
    .description("Insert a row, and everything that must follow happens: once, visibly, and through crashes.")
    .version(VERSION, "-v, --version")
    .option("--json", "print JSON instead of text")
    .addHelpText("after", EPILOGUE)
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true, helpWidth: lineWidth() })
    .configureOutput({
      writeOut: (text) => process.stdout.write(fitHelp(text)),
      outputError: (text) => refuse(json, text),
      // Help, where no command is named.
      writeErr: (text) => json || process.stderr.write(fitHelp(text)),
    })
    .exitOverride();
  for (const add of await loadCommands()) add(program);
  return program;
}

/** Says in one line what commander finds wrong with the arguments. */
function refuse(json: boolean, text: string): void {
  const message = oneLine(
    text
      .replace(/^error: /, "")
      .trim()
      .replaceAll("\n", ". ")
      .replace(/\.?$/, "."),
  );
  const next = "See steward --help.";
  if (json) process.stderr.write(`${printableJson(JSON.stringify({ error: { code: "ST801", message, next } }))}\n`);
  else tell(`steward: ${message} ${next}`);
}

async function loadCommands(): Promise<AddCommand[]> {
  const extension = extname(import.meta.filename);
  const files = readdirSync(COMMANDS).filter((file) => file.endsWith(extension) && !file.endsWith(".d.ts"));
  return Promise.all(files.map((file) => loadCommand(join(COMMANDS, file))));
}

async function loadCommand(file: string): Promise<AddCommand> {
  return ((await import(pathToFileURL(file).href)) as { default: AddCommand }).default;
}
