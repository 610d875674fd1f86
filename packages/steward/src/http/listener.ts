// The HTTP server under Fastify: its times and bounds, and what it answers to what is no request.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { EngineError, type StewardError } from "../errors/index.ts";
import type { Connections } from "./connections.ts";
import { HEADERS_MS, KEEP_ALIVE_MS, MOST_CONNECTIONS, REQUEST_MS, REST_MS, SILENCE_MS } from "./limits.ts";
import { answerRaw } from "./raw-answer.ts";

export interface ListenerOptions {
  readonly connections: Connections;
  /** Whether a request becomes a websocket; any other offer to upgrade is ignored, as HTTP wants. */
  readonly isWebsocket: (request: IncomingMessage) => boolean;
}

export function createHttpServer(handle: RequestListener, { connections, isWebsocket }: ListenerOptions): Server {
  const answers = new WeakMap<Duplex, ServerResponse>();
  const answered = new WeakSet<Duplex>();
  const server: Server = createServer(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Ours has a code.
      requireHostHeader: false,
      shouldUpgradeCallback: (request) => server.listenerCount("upgrade") > 0 && isWebsocket(request),
    },
    (request, response) => {
      answers.set(request.socket, response);
      response.once("close", () => limitRest(request));
      handle(request, response);
    },
  );
  server.timeout = SILENCE_MS;
  server.maxConnections = MOST_CONNECTIONS;
  server.on("connection", connections.add);
  server.on("connect", (_request, socket) => answerRaw(socket, new EngineError("ST109")));
  server.on("checkExpectation", (_request, { req }) => answerRaw(req.socket, new EngineError("ST109")));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const isMidway = isHalfSent(answers.get(socket));
    if (error.code === "ECONNRESET" || isMidway) return void socket.destroy();
    if (answered.has(socket)) return;
    answered.add(socket);
    answerRaw(socket, toStewardError(error));
  });
  return server;
}

/** Or the request that it answers has not come to its end: another answer would be taken for one to the next request. */
function isHalfSent(response: ServerResponse | undefined): boolean {
  return response !== undefined && response.headersSent && !(response.writableFinished && response.req.complete);
}

/** A request may have been answered before all of it had come: Node reads on, for a client that sends for ever. */
function limitRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const { socket }: { socket: Socket } = request;
  const patience = setTimeout(() => socket.destroy(), REST_MS);
  request.once("close", () => clearTimeout(patience));
}

function toStewardError({ code }: NodeJS.ErrnoException): StewardError {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return new EngineError("ST115");
  if (code === "HPE_HEADER_OVERFLOW" || code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return new EngineError("ST116");
  return new EngineError("ST109");
}
