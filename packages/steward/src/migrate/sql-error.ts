// Errors of Postgres, read without trusting their shape.
import pg from "pg";
import { EngineError, StewardError } from "../errors/index.ts";
import { isUnreachable } from "../unreachable.ts";
import type { SqlFile } from "./files.ts";

/** The SQLSTATE of an error that came from Postgres, also when ours wraps it. */
export function sqlState(error: unknown): string | undefined {
  if (error instanceof StewardError) return sqlState(error.cause);
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** ST824 with the file and line where Postgres stopped; other errors (a lost connection) as they are. */
export function migrationFailed(file: SqlFile, error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const position = Number(error.position ?? Number.NaN);
  const line = Number.isNaN(position) ? "" : `:${file.sql.slice(0, position).split("\n").length}`;
  return new EngineError("ST824", {
    sentence: `${file.name}${line}: ${error.message} (${error.code})`,
    cause: error,
  });
}

/** ST832 with the object that could not be made again; other errors (a lost connection) as they are. */
export function repairFailed(object: string, error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  return new EngineError("ST832", {
    sentence: `The ${object} is missing and cannot be made again: ${error.message} (${error.code})`,
    cause: error,
  });
}

/** ST901 when there is no connection, or none for this name and password, with the reason; other errors as they are. */
export function unreachable(error: unknown): unknown {
  const refused = error instanceof pg.DatabaseError && error.severity === "FATAL";
  if (!(error instanceof Error) || (!refused && !isUnreachable(error))) return error;
  return new EngineError("ST901", { sentence: `The database cannot be reached: ${error.message}.`, cause: error });
}
