// What kept rows from being deleted, where Postgres says so, as an error with a next step.
import { EngineError } from "../errors/index.ts";

const FOREIGN_KEY_VIOLATION = "23503";
const INSUFFICIENT_PRIVILEGE = "42501";

/** The error itself unless it is a refusal. */
export function toPurgeError(error: unknown): unknown {
  const refusal = findRefusal(error);
  if (refusal === undefined) return error;
  const { code, table, constraint } = refusal;
  if (code === INSUFFICIENT_PRIVILEGE) return new EngineError("ST709", { cause: error });
  const sentence = `Rows of ${table ?? "another table"} refer to the rows to purge${constraint === undefined ? "" : ` (${constraint})`}.`;
  return new EngineError("ST707", { sentence, cause: error });
}

interface Refusal {
  readonly code: unknown;
  readonly table?: string;
  readonly constraint?: string;
}

function findRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && (error.code === FOREIGN_KEY_VIOLATION || error.code === INSUFFICIENT_PRIVILEGE)) return error;
  return findRefusal(error.cause);
}
