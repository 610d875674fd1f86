// The HTTP server under Fastify: its times and bounds, and what it answers to what is no request.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { EngineError, type StewardError } from "../errors/index.ts";
import type { Connections } from "./connections.ts";
import { errorHeaders } from "./headers.ts";
import { HEADERS_MS, KEEP_ALIVE_MS, MOST_CONNECTIONS, MOST_PIPELINED, REQUEST_MS, SILENCE_MS } from "./limits.ts";
import { problemBody } from "./problems.ts";
import { answerRaw } from "./raw-answer.ts";
import { limitRest } from "./rest.ts";

export interface ListenerOptions {
  readonly connections: Connections;
  /** Throws ST104 when too much comes from the address that this request is from. */
  readonly limitAddress: (request: IncomingMessage) => void;
  /** Whether a request becomes a websocket; any other offer to upgrade is ignored, as HTTP wants. */
  readonly isWebsocket: (request: IncomingMessage) => boolean;
}

export function createHttpServer(handle: RequestListener, options: ListenerOptions): Server {
  const { connections, limitAddress, isWebsocket } = options;
  const answers = new WeakMap<Duplex, ServerResponse>();
  const unanswered = new WeakMap<Duplex, number>();
  const refused = new WeakSet<Duplex>();

  /** False for a request that its client sent with too many others before there was an answer; that connection ends. */
  const begin = (socket: Socket, response: ServerResponse): boolean => {
    const others = unanswered.get(socket) ?? 0;
    if (others >= MOST_PIPELINED) {
      stopReading(socket);
      connections.punish(socket);
      return false;
    }
    answers.set(socket, response);
    unanswered.set(socket, others + 1);
    response.once("close", () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    return true;
  };
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
      if (!begin(request.socket, response)) return;
      try {
        limitAddress(request);
      } catch (error) {
        return answerAndClose(request, response, error as StewardError);
      }
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
    if (refused.has(socket)) return;
    refused.add(socket);
    answerRaw(socket, toStewardError(error));
  });
  return server;
}

const IS_NO_HTTP = 2;

/**
 * What came with a request is otherwise taken apart to its end, thousands of requests at a time, also when the socket is gone. Node has
 * no call for that: this is how it tells its own parser that another protocol begins.
 */
function stopReading(socket: Socket & { readonly parser?: { onIncoming?: () => number } }): void {
  if (socket.parser) socket.parser.onIncoming = () => IS_NO_HTTP;
}

/** At little cost, for those who do not stop asking. */
function answerAndClose(request: IncomingMessage, response: ServerResponse, error: StewardError): void {
  const requestId = randomUUID();
  limitRest(request);
  response.writeHead(error.http, { ...errorHeaders(requestId, error), connection: "close" });
  response.end(JSON.stringify(problemBody(error, requestId)));
}

/** Or the request that it answers has not come to its end: another answer would be taken for one to the next request. */
function isHalfSent(response: ServerResponse | undefined): boolean {
  return response !== undefined && response.headersSent && !(response.writableFinished && response.req.complete);
}

function toStewardError({ code }: NodeJS.ErrnoException): StewardError {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return new EngineError("ST115");
  if (code === "HPE_HEADER_OVERFLOW" || code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return new EngineError("ST116");
  return new EngineError("ST109");
}
