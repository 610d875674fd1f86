// GraphQL as a part of the HTTP server. Grafserv's adaptor for Fastify is used for its pages; queries go through a handler of our own,
// because the adaptor leaves no place to give every error a code and a request that failed for want of the database its HTTP status.
import "../graphql/environment.ts";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import type pg from "pg";
import { postgraphile } from "postgraphile";
import {
  convertHandlerResultToResult,
  getBodyFromFrameworkBody,
  normalizeRequest,
  processHeaders,
  type RequestDigest,
} from "postgraphile/grafserv";
import { type FastifyGrafserv, grafserv } from "postgraphile/grafserv/fastify/v5";
import type { Config } from "../config.ts";
import { maskError } from "../graphql/masking.ts";
import { createServerPreset } from "../graphql/server-preset.ts";

export interface Graphql {
  addTo(app: FastifyInstance): void;
  release(): Promise<void>;
}

/** Builds the schema; rejects when the database cannot be reached or is not as the plugins expect. */
export async function createGraphql(options: { pool: pg.Pool; config: Config }): Promise<Graphql> {
  const instance = postgraphile(createServerPreset(options));
  const server = instance.createServ(grafserv);
  await server.ready();
  await instance.getSchema();
  return {
    addTo(app) {
      app.post("/graphql", (request, reply) => answer(server, request, reply));
    },
    release: async () => instance.release(),
  };
}

async function answer(server: FastifyGrafserv, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const handled = await server.graphqlHandler(normalizeRequest(digestOf(request, reply)));
  if (handled?.type === "graphql" && handled.payload.errors) {
    handled.payload.errors = handled.payload.errors.map((error) => maskError(asGraphqlError(error), request.id));
  }
  const result = await convertHandlerResultToResult(handled);
  if (result?.type !== "json") throw new Error(`an answer of the kind ${result?.type} was not expected`);
  const status = request.isUnavailable ? 503 : result.statusCode;
  return reply.code(status).headers(result.headers).send(result.json);
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
