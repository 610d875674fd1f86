// Commands of the application, which its configuration names: `npx steward NAME ...` runs the script as node would.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { loadSetting, type Setting } from "../setting/index.ts";

const HELP: readonly string[] = ["help", "-h", "--help"];

/** Adds them where they are asked for, or listed: the package's own commands need not read the configuration for it. */
export async function addOwnCommands(program: Command, given: readonly string[]): Promise<void> {
  const [name = "help", ...rest] = given;
  const isHelp = HELP.includes(name);
  if (!isHelp && (name.startsWith("-") || program.commands.some((command) => command.name() === name))) return;
  // A wrong setting is no reason to refuse help.
  const { root, config } = await loadSetting().catch((error: unknown): Pick<Setting, "root" | "config"> => {
    if (isHelp) return { root: "", config: {} };
    throw error;
  });
  for (const [own, { script, does }] of Object.entries(config.commands ?? {})) {
    program
      .command(own)
      .summary(does)
      .argument("[arguments...]")
      .allowUnknownOption()
      .helpOption(false)
      .action(() => run(resolve(root, script), rest));
  }
}

async function run(script: string, given: readonly string[]): Promise<void> {
  process.argv = [process.execPath, script, ...given];
  await import(pathToFileURL(script).href);
}
