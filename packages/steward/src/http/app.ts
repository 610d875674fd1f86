// The Fastify application: headers, limits, who asks, and every error in one form.
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import cors, { type FastifyCorsOptions } from "@fastify/cors";
import helmet from "@fastify/helmet";
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import type { EngineConfig } from "../config/index.ts";
import { EngineError, type StewardError } from "../errors/index.ts";
import { log } from "../log.ts";
import type { Askers } from "./askers.ts";
import type { Connections } from "./connections.ts";
import { errorHeaders } from "./headers.ts";
import type { Authenticate, Identity } from "./identity.ts";
import { BODY_LIMIT } from "./limits.ts";
import { createHttpServer } from "./listener.ts";
import type { TakePlace } from "./places.ts";
import { problemBody, toStewardError } from "./problems.ts";
import { limitRest } from "./rest.ts";

export interface AppOptions {
  readonly config: EngineConfig;
  readonly authenticate: Authenticate;
  readonly askers: Askers;
  /** Throws ST104 when this subject asks too often. */
  readonly limit: (identity: Identity) => void;
  /** Throws ST104 when too much comes from the address that this request is from. */
  readonly limitAddress: (request: IncomingMessage) => void;
  /** Throws ST104 when this subject has too many requests under way. */
  readonly takePlace: TakePlace;
  readonly connections: Connections;
  readonly isWebsocket: (request: IncomingMessage) => boolean;
  /** Aborted when the server closes: nobody is kept waiting then. */
  readonly closing: AbortSignal;
}

/** Where a page and JSON have one address: `json` for all that do not ask for HTML, as browsers do that open a page. */
const ACCEPT = {
  name: "accept",
  storage() {
    const handlers = new Map<unknown, unknown>();
    return {
      get: (key: unknown) => handlers.get(key) ?? null,
      set: (key: unknown, handler: unknown) => void handlers.set(key, handler),
    };
  },
  validate: () => undefined,
  deriveConstraint: ({ headers }: IncomingMessage) => (headers.accept?.includes("text/html") ? "html" : "json"),
} as never;
/** Whatever fits into a request's first line gets to its handler, which says what is wrong with it. */
const MOST_PARAM = 16_384;

export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { config } = options;
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    bodyLimit: BODY_LIMIT,
    routerOptions: { constraints: { accept: ACCEPT }, maxParamLength: MOST_PARAM },
    genReqId: () => randomUUID(),
    serverFactory: (handle) => createHttpServer(handle, options),
    clientErrorHandler: () => undefined, // the server has its own, on each address that it listens at
    frameworkErrors: (error, request, reply) => {
      limitRest(request.raw);
      answerError(error, request, reply);
    },
    forceCloseConnections: "idle",
    return503OnClosing: true,
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => answerError(new EngineError("ST110"), request, reply));
  // GraphiQL's page needs scripts that its own author did not write for a content security policy; there is none in production.
  await app.register(helmet, { contentSecurityPolicy: config.environment === "production" });
  if (config.corsOrigins.length > 0) await app.register(cors, corsOptions(config));
  app.addHook("onSend", (request, reply, _payload, done) => {
    reply.header("x-request-id", request.id);
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
    if (mustClose(request, options)) reply.header("connection", "close");
    limitRest(request.raw);
    done();
  });
  addGuard(app, options);
  return app;
}

/** A connection that is kept would keep the server from closing. After an offer to upgrade, Node loses what came behind it. */
function mustClose({ raw }: FastifyRequest, { closing }: AppOptions): boolean {
  return closing.aborted || raw.headers.upgrade !== undefined;
}

function corsOptions({ corsOrigins }: EngineConfig): FastifyCorsOptions {
  return {
    origin: corsOrigins.includes("*") ? true : [...corsOrigins],
    methods: ["GET", "POST"],
    allowedHeaders: ["authorization", "content-type", "if-none-match", "prefer"],
    exposedHeaders: ["etag", "preference-applied", "retry-after", "x-request-id", "www-authenticate"],
    maxAge: 600,
    strictPreflight: false, // its refusal has no code
  };
}

/** Before anything of a request's body is read; then, when all of it has come, its connection does not wait any more. */
function addGuard(app: FastifyInstance, options: AppOptions): void {
  const { authenticate, askers, limit, takePlace, connections, closing } = options;
  app.addHook("onRequest", async (request, reply) => {
    if (request.headers.host === undefined && request.raw.httpVersion === "1.1") throw new EngineError("ST109");
    if (!request.routeOptions.config.hasAsker) return;
    const identity = await authenticate(request.headers.authorization);
    limit(identity);
    if (!reply.raw.destroyed) reply.raw.once("close", takePlace(identity.subject));
    askers.remember(request, { identity, requestId: request.id, signal: () => signalOf(reply, closing) });
  });
  app.addHook("preHandler", (request, reply, done) => {
    const { socket } = request.raw;
    if (request.routeOptions.config.hasAsker && !reply.raw.destroyed) {
      connections.busy(socket);
      reply.raw.once("close", () => connections.waits(socket));
    }
    done();
  });
}

function signalOf(reply: FastifyReply, closing: AbortSignal): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  if (reply.raw.destroyed) gone.abort();
  return AbortSignal.any([gone.signal, closing]);
}

function answerError(error: FastifyError | StewardError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toStewardError(error) ?? fromFastify(error as FastifyError);
  const shown = known ?? new EngineError("ST199");
  if (!known) request.log.error({ err: error }, "a request failed for a reason that clients are not told");
  return reply
    .code(shown.http)
    .headers(errorHeaders(request.id, shown))
    .removeHeader("connection") // Fastify would have the client lose the answer while it still sends its body
    .send(problemBody(shown, request.id));
}

function fromFastify({ statusCode, message }: FastifyError): StewardError | undefined {
  if (statusCode === 413) return new EngineError("ST105");
  if (statusCode === 414) return new EngineError("ST116");
  if (statusCode === 415) return new EngineError("ST113");
  if (statusCode === 503) return new EngineError("ST114");
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new EngineError("ST109", { sentence: message });
  return undefined;
}
