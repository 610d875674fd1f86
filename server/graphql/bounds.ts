// Refuses, before any SQL, what is too long to parse, too large to run, or not meant for this way of asking.
import { GraphQLError, getOperationAST, NoSchemaIntrospectionCustomRule } from "graphql";
import { type GrafastExecutionArgs, isAsyncIterable, SafeError } from "postgraphile/grafast";
import { StewardError } from "../errors.ts";
import { extensionsOf, statusOf, toStewardError } from "../http/problems.ts";
import { checkCost } from "./cost.ts";
import { maskError } from "./masking.ts";
import { checkText } from "./text-limits.ts";
import "../http/fastify.ts";
import "postgraphile/grafserv/fastify/v5";

type Refusal = { errors: GraphQLError[] };

export function createBoundsPlugin({ introspection }: { introspection: boolean }): GraphileConfig.Plugin {
  return {
    name: "StewardBoundsPlugin",
    grafserv: {
      middleware: {
        setPreset(next, { validationRules }) {
          if (!introspection) (validationRules as unknown[]).push(NoSchemaIntrospectionCustomRule);
          return next();
        },
        async processGraphQLRequestBody(next, event) {
          const result = await next();
          if (typeof event.body.query === "string") asSafeError(() => checkText(event.body.query as string));
          return result;
        },
      },
    },
    grafast: {
      middleware: {
        async execute(next, { args }) {
          const refusal = refuse(args);
          if (refusal) return refusal;
          const result = await next();
          if (isAsyncIterable(result) || !result.errors) return result;
          const request = args.requestContext?.fastifyv5?.request;
          if (request) request.isUnavailable = result.errors.some(isUnavailable);
          return { ...result, errors: result.errors.map((error) => maskError(error, request?.id)) };
        },
        subscribe(next, { args }) {
          return refuse(args) ?? next();
        },
      },
    },
  };
}

function refuse({
  schema,
  document,
  operationName,
  variableValues,
  requestContext,
}: GrafastExecutionArgs): Refusal | undefined {
  const operation = getOperationAST(document, operationName);
  if (!operation) return undefined;
  try {
    if (requestContext?.http && operation.operation === "subscription") throw new StewardError("ST108");
    checkCost(schema, document, operation, variableValues ?? {});
    return undefined;
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    return { errors: [new GraphQLError(error.message, { extensions: extensionsOf(error) })] };
  }
}

function isUnavailable({ originalError }: GraphQLError): boolean {
  return toStewardError(originalError)?.code === "ST901";
}

/** Grafserv shows errors of its own class only. */
function asSafeError(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    throw new SafeError(error.message, { ...extensionsOf(error), statusCode: statusOf(error.code) });
  }
}
