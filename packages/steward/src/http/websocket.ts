// Websockets at /graphql, on the server's own port: the handshake, the bounds of what comes in, and the end.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { handleProtocols } from "graphql-ws";
import { WebSocketServer } from "ws";
import { EngineError, type StewardError } from "../errors/index.ts";
import { type Extra, openChannel } from "./channel.ts";
import type { Identity } from "./identity.ts";
import { createProtocol, type ProtocolOptions } from "./protocol.ts";
import { answerRaw } from "./raw-answer.ts";

/** How long a client may take to answer that the connection closes. */
const CLOSE_PATIENCE_MS = 2_000;
const GOING_AWAY = 1001;
/** Bytes of a message before there was a valid token: one fits in. */
const LARGEST_OF_STRANGERS = 16_384;

const BOUNDS = {
  maxPayload: 100_000,
  // Of one message: many small pieces cost more than their bytes.
  maxFragments: 256,
  maxBufferedChunks: 4_096,
  closeTimeout: CLOSE_PATIENCE_MS,
};

export interface WebsocketOptions extends ProtocolOptions {
  readonly server: Server;
  /** Throws ST104 when this subject sends too many frames. */
  readonly limitFrames: (identity: Identity) => void;
  /** Throws ST104 when too much comes from the address that this request is from. */
  readonly limitAddress: (request: IncomingMessage) => void;
}

export interface Websockets {
  count(): number;
  /** Closes all connections with 1001, so that clients connect elsewhere. */
  close(): Promise<void>;
}

/** Whether a request asks for a websocket, where there is one. */
export function isWebsocket({ method, url, headers }: IncomingMessage): boolean {
  return method === "GET" && url?.split("?")[0] === "/graphql" && headers.upgrade?.toLowerCase() === "websocket";
}

export function serveWebsockets(options: WebsocketOptions): Websockets {
  const { server, limitFrames, limitAddress } = options;
  const sockets = new WebSocketServer({ ...BOUNDS, noServer: true, handleProtocols });
  const requestIds = new WeakMap<IncomingMessage, string>();
  const protocol = createProtocol(options);
  const countFrame = ({ socket, request }: Extra, bytes: number) => {
    const identity = protocol.identityOf(socket);
    if (identity) return limitFrames(identity);
    if (bytes > LARGEST_OF_STRANGERS) throw new EngineError("ST105");
    limitAddress(request);
  };

  sockets.on("headers", (lines, request) => lines.push(`x-request-id: ${requestIds.get(request)}`));
  // A handshake that is not one.
  sockets.on("wsClientError", ({ message }: Error, socket: Duplex) =>
    answerRaw(socket, new EngineError("ST109", { sentence: `${message}.` }), { "sec-websocket-version": "13" }),
  );
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Before 22.21, Node does not ask the listener whether an offer to upgrade is to be taken.
    if (!isWebsocket(request)) return answerRaw(socket, new EngineError("ST109"));
    try {
      limitAddress(request);
    } catch (error) {
      return answerRaw(socket, error as StewardError);
    }
    const requestId = randomUUID();
    requestIds.set(request, requestId);
    sockets.handleUpgrade(request, socket, head, (opened) =>
      openChannel({ socket: opened, request, requestId }, { protocol: protocol.server, countFrame }),
    );
  };
  server.on("upgrade", upgrade);

  return {
    count: () => sockets.clients.size,
    async close() {
      server.off("upgrade", upgrade);
      for (const socket of sockets.clients) socket.close(GOING_AWAY, "Going away");
      // Each is gone after `closeTimeout` at the latest.
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
    },
  };
}
