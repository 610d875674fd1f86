// How a command of ours ends: in order, or with one line on stderr that says what is wrong and what to do.
import pg from "pg";
import { EngineError, type StewardError } from "./errors/index.ts";
import { toStewardError } from "./http/problems.ts";
import { sqlState, unreachable } from "./migrate/sql-error.ts";
import { lineWidth, oneLine, wrap } from "./text.ts";

/** SQLSTATEs of a function, table or schema that is not there; and those that migrating makes. */
const MISSING: readonly unknown[] = ["42883", "42P01", "3F000"];
const NOT_ALLOWED = "42501";
const NO_CONNECTIONS = "53300";
const NO_ROOM = "53100";
const RIGHTS =
  "DATABASE_URL must be the connection of the owner. If it is, somebody has revoked what the owner has by itself: grant all on the table to current_user.";
const MADE_BY_US = /"?\b(steward|app)(_\w+)?"?(\.| does not exist)/;

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
  const reason = toReason(error);
  tellReason(reason);
  return reason.code === "ST801" ? 2 : 1;
}

/** Says it on stderr, in one line. */
export function tellReason(reason: Reason): void {
  tell(lineOf(reason));
}

/** Says a line on stderr; a terminal would break a long one in the middle of words. */
export function tell(line: string): void {
  const { stderr } = process;
  stderr.write(`${stderr.isTTY ? wrap(line, "", "", lineWidth(stderr)) : line}\n`);
}

function lineOf({ code, message, next }: Reason): string {
  const sentence = /[.:?!]$/.test(message) ? message : `${message}.`;
  return oneLine(`steward: ${[sentence, next].filter(Boolean).join(" ")} (${code})`);
}

export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** What went wrong and what to do, for a person. What nobody foresaw it throws again. */
export function toReason(error: unknown): Reason {
  const isMissing = MISSING.includes(sqlState(error)) && MADE_BY_US.test(error instanceof Error ? error.message : "");
  const known = isMissing ? new EngineError("ST828", { cause: error }) : toStewardError(unreachable(error));
  const { cause } = known ?? {};
  const hint = [error, cause].find((candidate) => candidate instanceof pg.DatabaseError)?.hint;
  if (known) return { code: known.code, message: known.message, next: hint ?? nextFor(known, sqlState(error)) };
  if (!(error instanceof pg.DatabaseError)) throw error;
  const next = error.code === NOT_ALLOWED ? RIGHTS : "";
  return { code: error.code ?? "", message: `Postgres refuses it: ${error.message}.`, next: hint ?? next };
}

/** A command is not tried again by itself. */
function nextFor({ code, next }: StewardError, state: unknown): string {
  if (state === NO_CONNECTIONS) return "End sessions that nobody needs (pg_stat_activity), or raise max_connections.";
  if (state === NO_ROOM) return "Make room on the disk of Postgres; all goes on by itself.";
  return code === "ST901" ? "Check DATABASE_URL and API_DATABASE_URL." : next;
}
