// What GraphQL says of errors: those of the registry with code, field and advice; all else is logged and shown as an id only.
import { randomUUID } from "node:crypto";
import { GraphQLError } from "graphql";
import { isSafeError, type SafeError } from "postgraphile/grafast";
import { EngineError, type EngineErrorCode } from "../errors/index.ts";
import { extensionsOf, toStewardError } from "../http/problems.ts";
import { log } from "../log.ts";

/** The error as a client may see it. Errors without a cause in our code (syntax, validation, variables) are the client's. */
export function maskError(error: GraphQLError, requestId?: string): GraphQLError {
  const cause = innermost(error);
  if (cause === undefined || isOfAVariable(error)) return clientsError(error, requestId);
  if (isSafeError(cause)) return safeError(error, cause, requestId);
  const known = toStewardError(cause);
  if (!known) return unknownError(error, cause, requestId);
  if (known.code === "ST901") log.warn({ err: cause, requestId }, "the database cannot be reached");
  return shown(error, known.message, extensionsOf(known, requestId));
}

/** An error of Grafserv's or Grafast's, or one of ours that was put into theirs: its words are for clients. */
function safeError(error: GraphQLError, cause: SafeError, requestId: string | undefined): GraphQLError {
  const { statusCode: _, ...ours } = cause.extensions ?? {};
  return shown(error, cause.message, { ...extensionsOf(new EngineError("ST109"), requestId), ...ours });
}

/** GraphQL errors may wrap each other; what our code or pg threw lies inside. */
function innermost(error: GraphQLError): Error | undefined {
  let inner: Error | undefined = error.originalError;
  while (inner instanceof GraphQLError) inner = inner.originalError;
  return inner;
}

const WRONG_UUID = /Invalid UUID|^UUID cannot represent|Expected type "UUID"/;
/** GraphQL's own words for a variable's value: `got invalid value "x" at "input.teamId"; …`. */
const AT_FIELD = /^Variable "\$(\w+)" got invalid value .*?(?: at "\w+\.([\w.[\]]+)")?; /s;

/** A scalar may throw what it likes at a value that is no text ({"toString": 0}): the value is still the client's. */
function isOfAVariable({ message, path }: GraphQLError): boolean {
  return path === undefined && AT_FIELD.test(message);
}

function clientsError(error: GraphQLError, requestId: string | undefined): GraphQLError {
  if (error.extensions["code"] !== undefined) return error;
  const code: EngineErrorCode = WRONG_UUID.test(error.message) ? "ST206" : "ST109";
  const at = AT_FIELD.exec(error.message);
  const field = at?.[2] ?? at?.[1];
  const known = new EngineError(code, { ...(field !== undefined && { field }) });
  const message = code === "ST206" && field !== undefined ? `${field} is not a UUID.` : error.message;
  return shown(error, message, { ...error.extensions, ...extensionsOf(known, requestId) });
}

function unknownError(error: GraphQLError, cause: Error, requestId: string | undefined): GraphQLError {
  const errorId = randomUUID();
  log.error(
    { err: cause, errorId, requestId, path: error.path },
    "a request failed for a reason that clients are not told",
  );
  const masked = new EngineError("ST199");
  return shown(error, masked.message, { ...extensionsOf(masked, requestId), errorId });
}

function shown(error: GraphQLError, message: string, extensions: Readonly<Record<string, unknown>>): GraphQLError {
  const { nodes, source, positions, path } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}
