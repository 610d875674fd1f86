// What kept rows from being deleted, where Postgres says so, as an error with a next step.
import { EngineError } from "../errors/index.ts";

/** Since Postgres 18 a foreign key that says `restrict` has a code of its own. */
const REFERRED_TO: readonly unknown[] = ["23503", "23001"];
const INSUFFICIENT_PRIVILEGE = "42501";
/** `raise` without a code. A delete by itself breaks no constraint but foreign keys (class 23): the rest is what triggers do. */
const OF_TRIGGERS = /^(P0001|23.*)$/;

/** The error itself unless it is a refusal. */
export function toPurgeError(error: unknown): unknown {
  const refusal = findRefusal(error);
  if (refusal === undefined) return error;
  const { code, table, constraint } = refusal;
  if (code === INSUFFICIENT_PRIVILEGE) return new EngineError("ST709", { cause: error });
  if (!REFERRED_TO.includes(code))
    return new EngineError("ST708", { sentence: "A trigger of the table refuses the delete.", cause: error });
  const sentence = `Rows of ${table ?? "another table"} refer to the rows to purge${constraint === undefined ? "" : ` (${constraint})`}.`;
  return new EngineError("ST707", { sentence, cause: error });
}

interface Refusal {
  readonly code: string;
  readonly table?: string;
  readonly constraint?: string;
}

function findRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  return isRefusal(error) ? error : findRefusal(error.cause);
}

function isRefusal(error: Error): error is Error & Refusal {
  if (!("code" in error) || typeof error.code !== "string") return false;
  return error.code === INSUFFICIENT_PRIVILEGE || OF_TRIGGERS.test(error.code);
}
