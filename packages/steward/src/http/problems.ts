// Errors as clients see them: a code of the registry, a sentence, the field at fault. Whatever is not in the registry is masked.
import { DatabaseError } from "pg";
import { EngineError, errorOf, errorOfConstraint, StewardError } from "../errors/index.ts";
import { isUnreachable } from "../unreachable.ts";

/** A query or a function found its row type altered by the migration that it had waited for. */
export const ALTERED: readonly unknown[] = ["42804", "42P13"];
/** Deadlock, serialization failure, a lock that was not had in time. */
const CONFLICT: ReadonlySet<unknown> = new Set(["40P01", "40001", "55P03", ...ALTERED]);

/** Rights to functions, and to what only administrators read, are what a role may do; rights to other tables are for the schema to have right. */
const FOR_OTHERS = /for (function .*|table (audit|alerts))$/;

/** `error` in terms of the registry; undefined when it is none of ours and none that input can cause. */
export function toStewardError(error: unknown): StewardError | undefined {
  if (error instanceof StewardError) return error;
  if (!(error instanceof Error)) return undefined;
  if (isUnreachable(error)) return new EngineError("ST901", { cause: error });
  return error instanceof DatabaseError ? fromDatabase(error) : undefined;
}

function fromDatabase(error: DatabaseError): StewardError | undefined {
  const code = error.code ?? "";
  const declared =
    errorOf(code, { sentence: error.message, cause: error, ...(error.column && { field: error.column }) }) ??
    errorOfConstraint(error.constraint, error);
  if (declared) return declared;
  if (code.startsWith("22")) return fromValue(error);
  if (code === "57014") return new EngineError("ST111", { cause: error });
  if (CONFLICT.has(code)) return new EngineError("ST902", { cause: error });
  // Since Postgres 18 a key that says `restrict` has a code of its own.
  if ((code === "23503" || code === "23001") && error.table !== undefined)
    return new EngineError("ST117", {
      sentence: `Rows of ${error.table} stand against this change (${error.constraint}).`,
      cause: error,
    });
  if (code === "42501" && FOR_OTHERS.test(error.message)) return new EngineError("ST102", { cause: error });
  return undefined;
}

/** Scalars that the schema takes as text, such as Datetime and Cursor, and Postgres does not (class 22, data exception). */
function fromValue(error: DatabaseError): StewardError {
  if (error.code === "22P02" && error.message.includes("type uuid")) return new EngineError("ST206", { cause: error });
  const isText = error.code === "22021" || error.code === "22P05";
  const sentence = isText ? { sentence: "A text contains a character that cannot be stored." } : undefined;
  return new EngineError("ST208", { ...sentence, cause: error });
}

export interface ProblemBody {
  readonly errors: readonly [{ readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }];
}

/** The body of a request that ended with this error: shaped as GraphQL clients expect. */
export function problemBody(error: StewardError, requestId: string): ProblemBody {
  return { errors: [{ message: error.message, extensions: extensionsOf(error, requestId) }] };
}

export function extensionsOf(error: StewardError, requestId?: string): Record<string, unknown> {
  return {
    code: error.code,
    next: error.next,
    ...(error.field !== undefined && { field: error.field }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...(requestId !== undefined && { requestId }),
  };
}
