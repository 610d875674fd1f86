// What GraphQL says of errors: those of the registry with code, field and advice; all else is logged and shown as an id only.
import { randomUUID } from "node:crypto";
import { GraphQLError } from "graphql";
import { isSafeError } from "postgraphile/grafast";
import { StewardError } from "../errors.ts";
import { extensionsOf, toStewardError } from "../http/problems.ts";
import { log } from "../log.ts";

/** The error as a client may see it. Errors without a cause in our code (syntax, validation) are the client's and stay. */
export function maskError(error: GraphQLError, requestId?: string): GraphQLError {
  const cause = innermost(error);
  if (cause === undefined) return withCode(error);
  if (isSafeError(cause)) return shown(error, cause.message, cause.extensions ?? {});
  const known = toStewardError(cause);
  if (known) {
    if (known.code === "ST901") log.warn({ err: cause, requestId }, "the database cannot be reached");
    return shown(error, known.message, extensionsOf(known, requestId));
  }
  return unknown(error, cause, requestId);
}

/** GraphQL errors may wrap each other; what our code or the driver threw lies inside. */
function innermost(error: GraphQLError): Error | undefined {
  let inner: Error | undefined = error.originalError;
  while (inner instanceof GraphQLError) inner = inner.originalError;
  return inner;
}

function withCode(error: GraphQLError): GraphQLError {
  if (error.extensions["code"] !== undefined) return error;
  const { next } = new StewardError("ST109");
  return shown(error, error.message, { ...error.extensions, code: "ST109", next });
}

function unknown(error: GraphQLError, cause: Error, requestId: string | undefined): GraphQLError {
  const errorId = randomUUID();
  log.error(
    { err: cause, errorId, requestId, path: error.path },
    "a request failed for a reason that clients are not told",
  );
  const masked = new StewardError("ST199");
  return shown(error, masked.message, { ...extensionsOf(masked, requestId), errorId });
}

function shown(error: GraphQLError, message: string, extensions: Readonly<Record<string, unknown>>): GraphQLError {
  const { nodes, source, positions, path } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}
