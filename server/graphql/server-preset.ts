// The preset of a running server: the schema's, and how requests are answered.
import { getOperationAST, type GraphQLError } from "graphql";
import type pg from "pg";
import { isAsyncIterable, SafeError } from "postgraphile/grafast";
import type { Config } from "../config.ts";
import { ERRORS } from "../errors.ts";
import { type Identity, settingsOf } from "../http/identity.ts";
import { statusOf, toStewardError } from "../http/problems.ts";
import { maskError } from "./masking.ts";
import { createSchemaPreset } from "./preset.ts";
import { READ_ONLY } from "./transactions.ts";
import "postgraphile/grafserv/fastify/v5";

const STATEMENT_TIMEOUT_MS = 5_000;

export function createServerPreset({ pool, config }: { pool: pg.Pool; config: Config }): GraphileConfig.Preset {
  return {
    extends: [createSchemaPreset(pool)],
    plugins: [AnswersPlugin],
    grafast: {
      context: (request, { document, operationName }) => {
        const operation = getOperationAST(document, operationName)?.operation;
        if (request.http && operation === "subscription") throw overHttp();
        const identity = identityOf(request);
        const pgSettings = { ...settingsOf(identity, STATEMENT_TIMEOUT_MS), jit: "off" };
        return { identity, pgSettings: operation === "mutation" ? pgSettings : { ...pgSettings, [READ_ONLY]: "on" } };
      },
    },
    grafserv: {
      graphqlPath: "/graphql",
      graphiql: config.environment !== "production",
      graphiqlPath: "/graphiql",
      graphiqlOnGraphQLGET: false,
      maxRequestLength: 1_048_576,
      maskError: (error) => maskError(error),
    },
  };
}

function identityOf(request: Partial<Grafast.RequestContext>): Identity {
  const identity = request.fastifyv5?.request.identity;
  if (!identity) throw new Error("a request was not authenticated");
  return identity;
}

function overHttp(): Error {
  const { sentence, next } = ERRORS.ST108;
  const extensions = { code: "ST108", next, statusCode: statusOf("ST108") };
  return Object.assign(new SafeError(sentence, extensions), { statusCode: statusOf("ST108") });
}

/** Masks errors while the request is known, and makes an unreachable database an HTTP status, so that clients and proxies try again. */
const AnswersPlugin: GraphileConfig.Plugin = {
  name: "StewardAnswersPlugin",
  grafast: {
    middleware: {
      async execute(next, { args }) {
        const result = await next();
        if (isAsyncIterable(result) || !result.errors) return result;
        const request = args.requestContext?.fastifyv5?.request;
        if (request) request.isUnavailable = result.errors.some(isUnavailable);
        return { ...result, errors: result.errors.map((error) => maskError(error, request?.id)) };
      },
    },
  },
};

function isUnavailable({ originalError }: GraphQLError): boolean {
  return toStewardError(originalError)?.code === "ST901";
}
