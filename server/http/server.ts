// The HTTP server: GraphQL and what operators look at. Who asks is known before anything of a request is read.
import { randomUUID } from "node:crypto";
import helmet from "@fastify/helmet";
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import type { Config } from "../config.ts";
import { StewardError } from "../errors.ts";
import { log } from "../log.ts";
import { createApiPool } from "../pools.ts";
import "./fastify.ts";
import { createGraphql } from "./graphql.ts";
import { type Authenticate, createAuthenticator } from "./identity.ts";
import { createLogIn } from "./log-in.ts";
import { problemBody, statusOf, toStewardError } from "./problems.ts";
import { createTokenVerifier } from "./tokens.ts";

export interface ApiServerOptions {
  readonly config: Config;
  /** The restricted login: API_DATABASE_URL. */
  readonly apiUrl: string;
  /** HS256 secret; undefined when tokens come from an identity provider. */
  readonly jwtSecret: string | undefined;
  /** Key of the secrets at rest. */
  readonly encryptionKey: Buffer;
}

export interface ApiServer {
  /** Listens at the configured host and port; resolves to the server's URL. */
  listen(): Promise<string>;
  /** Answers what it has begun, closes all connections, and gives up the database. */
  close(): Promise<void>;
}

export const BODY_LIMIT = 1_048_576;

/** Builds the schema, so the database must be migrated and reachable; otherwise it rejects. */
export async function createApiServer({ config, apiUrl, jwtSecret }: ApiServerOptions): Promise<ApiServer> {
  const pool = createApiPool({ connectionString: apiUrl, applicationName: "steward api", max: 10 });
  const authenticate = createAuthenticator(createTokenVerifier(config.jwt, jwtSecret), createLogIn(pool));
  const app = createApp();
  const graphql = await createGraphql({ pool, config });
  await app.register(helmet, { contentSecurityPolicy: false });
  protect(app, authenticate);
  await graphql.addTo(app);
  app.get("/healthz", () => ({ status: "alive" }));
  return {
    listen: () => app.listen({ host: config.host, port: config.port }),
    async close() {
      await app.close();
      await graphql.release();
      await pool.end();
    },
  };
}

function createApp(): FastifyInstance {
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    bodyLimit: BODY_LIMIT,
    genReqId: () => randomUUID(),
    forceCloseConnections: "idle",
    return503OnClosing: true,
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => answerError(new StewardError("ST110"), request, reply));
  app.addHook("onSend", async (request, reply) => {
    void reply.header("x-request-id", request.id);
  });
  return app;
}

function protect(app: FastifyInstance, authenticate: Authenticate): void {
  app.decorateRequest("identity");
  app.addHook("onRequest", async (request) => {
    if (request.method !== "POST" || request.routeOptions.url !== "/graphql") return;
    request.identity = await authenticate(request.headers.authorization);
  });
}

function answerError(error: FastifyError | StewardError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toStewardError(error) ?? fromFastify(error as FastifyError);
  const shown = known ?? new StewardError("ST199");
  if (!known) request.log.error({ err: error, requestId: request.id }, "a request failed");
  if (shown.code === "ST101") reply.header("www-authenticate", 'Bearer realm="steward", error="invalid_token"');
  if (shown.retryAfterMs !== undefined) reply.header("retry-after", Math.ceil(shown.retryAfterMs / 1000));
  return reply.code(statusOf(shown.code)).type("application/json; charset=utf-8").send(problemBody(shown, request.id));
}

function fromFastify({ statusCode, message }: FastifyError): StewardError | undefined {
  if (statusCode === 413) return new StewardError("ST105");
  if (statusCode === 415) return new StewardError("ST113");
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new StewardError("ST109", { sentence: message });
  return undefined;
}
