// How a command of ours ends: in order, or with one line on stderr that says what is wrong and what to do.
import { EngineError, type StewardError } from "./errors/index.ts";
import { toStewardError } from "./http/problems.ts";
import { sqlState, unreachable } from "./migrate/sql-error.ts";

/** SQLSTATEs of a function, table or schema that is not there. */
const NOT_MIGRATED: readonly unknown[] = ["42883", "42P01", "3F000"];

/** Runs the command, then ends the process with its exit code. */
export async function runCommand(command: () => Promise<void>): Promise<never> {
  try {
    await command();
  } catch (error) {
    process.exitCode = explain(error);
  }
  process.exit();
}

/** Writes the line and returns the exit code: 2 for a wrong setting, otherwise 1. What nobody foresaw it throws again, for its stack. */
export function explain(error: unknown): number {
  const known = toKnown(error);
  // A command is not tried again by itself.
  const next = known.code === "ST901" ? "Check DATABASE_URL and API_DATABASE_URL." : known.next;
  process.stderr.write(`steward: ${known.message} ${next}\n`);
  return known.code === "ST801" ? 2 : 1;
}

function toKnown(error: unknown): StewardError {
  if (NOT_MIGRATED.includes(sqlState(error))) return new EngineError("ST828", { cause: error });
  const known = toStewardError(unreachable(error));
  if (!known) throw error;
  return known;
}
