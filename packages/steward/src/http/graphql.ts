// GraphQL as a part of the HTTP server. Grafserv's adaptor for Fastify is used for its pages; documents go through a handler of our own,
// because the adaptor leaves no place to give every error a code, nor a request that failed for want of the database its HTTP status.
import "../graphql/environment.ts";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { postgraphile } from "postgraphile";
import {
  convertHandlerResultToResult,
  type GrafservBase,
  getBodyFromFrameworkBody,
  normalizeRequest,
  processHeaders,
  type RequestDigest,
} from "postgraphile/grafserv";
import { type FastifyGrafserv, grafserv } from "postgraphile/grafserv/fastify/v5";
import { maskError } from "../graphql/masking.ts";
import { createPersistedPlugin, readOperations } from "../graphql/persisted.ts";
import { createServerPreset, type ServerPresetOptions } from "../graphql/server-preset.ts";
import { inSpan } from "../traces.ts";
import { API_HEADERS } from "./headers.ts";
import { BODY_LIMIT } from "./limits.ts";
import { send } from "./send.ts";

export interface GraphqlOptions extends ServerPresetOptions {
  /** File with the documents that are answered, id to text; undefined: any document is. */
  readonly persistedOperations: string | undefined;
}

export interface Graphql {
  readonly grafserv: GrafservBase;
  addTo(app: FastifyInstance): void;
  release(): Promise<void>;
}

/** Builds the schema; rejects when the database cannot be reached or is not as the plugins expect. */
export async function createGraphql(options: GraphqlOptions): Promise<Graphql> {
  const { persistedOperations } = options;
  const plugins = persistedOperations ? [createPersistedPlugin(readOperations(persistedOperations))] : [];
  const instance = postgraphile({ extends: [createServerPreset(options)], plugins });
  const server = instance.createServ(grafserv);
  await server.ready();
  await instance.getSchema();
  return {
    grafserv: server,
    addTo(app) {
      app.post("/graphql", { bodyLimit: BODY_LIMIT, helmet: false, config: { hasAsker: true } }, (request, reply) =>
        answer(server, request, reply),
      );
      if (options.graphiql) addGraphiql(app, server);
    },
    release: async () => instance.release(),
  };
}

async function answer(server: FastifyGrafserv, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const handle = async () => server.graphqlHandler(normalizeRequest(digestOf(request, reply)));
  const handled = await inSpan("graphql", { kind: "SERVER" }, handle);
  if (handled?.type === "graphql" && handled.payload.errors) {
    handled.payload.errors = handled.payload.errors.map((error) => maskError(asGraphqlError(error), request.id));
  }
  const result = await convertHandlerResultToResult(handled);
  if (result?.type !== "json") throw new Error(`an answer of the kind ${result?.type} was not expected`);
  if (request.isUnavailable) reply.header("retry-after", 1);
  return reply
    .code(request.isUnavailable ? 503 : result.statusCode)
    .headers({ ...API_HEADERS, ...result.headers })
    .send(result.json);
}

function asGraphqlError(error: GraphQLError | GraphQLFormattedError): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { extensions: error.extensions });
}

function digestOf(request: FastifyRequest, reply: FastifyReply): RequestDigest {
  return {
    httpVersionMajor: request.raw.httpVersionMajor,
    httpVersionMinor: request.raw.httpVersionMinor,
    isSecure: request.protocol === "https",
    method: request.method,
    path: request.url,
    headers: processHeaders(request.headers),
    getQueryParams: () => ({}),
    getBody: () => getBodyFromFrameworkBody(request.body),
    requestContext: { fastifyv5: { request, reply } },
    preferJSON: true,
  };
}

/** A page to try the API with: it and its scripts, from this server alone. */
function addGraphiql(app: FastifyInstance, server: FastifyGrafserv): void {
  for (const [path, handler] of [
    ["/graphiql", "graphiqlHandler"],
    ["/ruru-static/*", "graphiqlStaticHandler"],
  ] as const) {
    app.get(path, async (request, reply) => {
      const handled = await server[handler](normalizeRequest(digestOf(request, reply)));
      return send(reply, await convertHandlerResultToResult(handled));
    });
  }
}
