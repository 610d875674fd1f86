// How a command is run: with the setting of the present folder, and an exit code in every case.
import { type Command, InvalidArgumentError } from "commander";
import type pg from "pg";
import { tellReason, toReason } from "../command.ts";
import { type AttachedDatabase, attachDatabase, withDatabase } from "../setting/database.ts";
import { loadSetting, type Setting } from "../setting/index.ts";
import { printableJson, wrap } from "../text.ts";
import { print } from "./output.ts";

/** Exit codes, which `steward help` documents. */
export const EXIT = { done: 0, failed: 1, usage: 2, problems: 3, stopped: 130 } as const;

export interface Context {
  readonly json: boolean;
  /** The present folder's setting, read when it is first asked for. */
  setting(): Promise<Setting>;
  /** Prints the text, or with --json the data. */
  print(text: string, data: unknown): void;
  /** Prints sentences, or with --json the data. */
  say(text: string, data: unknown): void;
  /** Lends `work` a connection to the database of the setting. */
  withDatabase<T>(work: (client: pg.Client) => Promise<T>): Promise<T>;
  /** The database itself; release it. */
  attachDatabase(): Promise<AttachedDatabase>;
}

/** A file in commands/ exports one of these as its default. */
export type AddCommand = (program: Command) => void;

/** An action for commander: runs `work` and ends the process with what it returns (nothing: 0), or with 1 or 2 and one line on stderr. */
export function action<Arguments extends unknown[]>(
  work: (context: Context, ...given: Arguments) => Promise<number | void>,
): (this: Command, ...given: [...Arguments, ...unknown[]]) => Promise<void> {
  return async function run(this: Command, ...given) {
    const json = this.optsWithGlobals()["json"] === true;
    try {
      process.exitCode = (await work(createContext(json), ...(given as unknown as Arguments))) ?? EXIT.done;
    } catch (error) {
      process.exitCode = report(json, error);
    }
    process.exit();
  };
}

function createContext(json: boolean): Context {
  let loaded: Promise<Setting> | undefined;
  const setting = () => (loaded ??= loadSetting());
  return {
    json,
    setting,
    print: (text, data) => print(json, text, data),
    say: (text, data) => print(json, wrap(text), data),
    withDatabase: async (work) => withDatabase(await setting(), work),
    attachDatabase: async () => attachDatabase(await setting()),
  };
}

/** For an option that takes a number. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** Says what went wrong, and returns the exit code. */
export function report(json: boolean, error: unknown): number {
  const reason = toReason(error);
  if (json) process.stderr.write(`${printableJson(JSON.stringify({ error: reason }))}\n`);
  else tellReason(reason);
  return reason.code === "ST801" ? EXIT.usage : EXIT.failed;
}
