// GraphQL over websockets (graphql-transport-ws), for subscriptions: known who asks before anything is read, closed when the token ends.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { GraphQLError } from "graphql";
import { CloseCode, type Context } from "graphql-ws";
import { type Extra, useServer } from "graphql-ws/use/ws";
import { type GrafservBase, makeGraphQLWSConfig } from "postgraphile/grafserv";
import { WebSocket, WebSocketServer } from "ws";
import { StewardError } from "../errors.ts";
import { log } from "../log.ts";
import type { Asker } from "./askers.ts";
import type { Authenticate, Identity } from "./identity.ts";
import { statusOf, toStewardError } from "./problems.ts";

const LARGEST_MESSAGE = 100_000;
const MOST_OPERATIONS = 100;
/** Of one subject, to this server. */
const MOST_SOCKETS = 20;
/** How long a client may take to answer that the connection closes. */
const CLOSE_PATIENCE_MS = 2_000;
const INIT_PATIENCE_MS = 5_000;
const KEEP_ALIVE_MS = 12_000;
/** Of WebSocket itself: come back later. */
const TRY_AGAIN_LATER = 1013;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface WebsocketOptions {
  readonly server: Server;
  readonly grafserv: GrafservBase;
  readonly authenticate: Authenticate;
  /** Notes who asks on this socket. */
  readonly remember: (socket: object, asker: Asker) => void;
  /** Throws ST104 when this subject asks too often. */
  readonly limit: (identity: Identity) => void;
  /** Throws ST104 when too much comes from the address that this request is from. */
  readonly limitAddress: (request: IncomingMessage) => void;
}

export interface Websockets {
  count(): number;
  /** Closes all connections with 1001, so that clients connect elsewhere. */
  close(): Promise<void>;
}

type Connection = Context<Record<string, unknown>, Extra>;

/** Serves /graphql on the server's own port. */
export function serveWebsockets({
  server,
  grafserv,
  authenticate,
  remember,
  limit,
  limitAddress,
}: WebsocketOptions): Websockets {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE });
  const open = new Map<string, number>();
  const identities = new WeakMap<object, Identity>();
  const config = makeGraphQLWSConfig(grafserv);

  const connect = async (connection: Connection): Promise<boolean> => {
    const { socket } = connection.extra;
    try {
      const identity = await authenticate(
        connection.connectionParams?.["authorization"] ?? connection.connectionParams?.["Authorization"],
      );
      if (socket.readyState !== WebSocket.OPEN) return false;
      const { subject } = identity;
      const others = open.get(subject) ?? 0;
      if (others >= MOST_SOCKETS) throw new StewardError("ST104");
      open.set(subject, others + 1);
      const gone = new AbortController();
      const timer = setTimeout(() => socket.close(CloseCode.Unauthorized, "Token expired"), timeLeft(identity));
      socket.once("close", () => {
        clearTimeout(timer);
        gone.abort();
        const left = (open.get(subject) ?? 1) - 1;
        if (left > 0) open.set(subject, left);
        else open.delete(subject);
      });
      identities.set(socket, identity);
      remember(socket, { identity, requestId: randomUUID(), signal: () => gone.signal });
      return true;
    } catch (error) {
      refuse(socket, error);
      return false;
    }
  };

  const disposable = useServer<Record<string, unknown>, Extra & Record<PropertyKey, unknown>>(
    {
      ...(config as object),
      connectionInitWaitTimeout: INIT_PATIENCE_MS,
      onConnect: connect,
      async onSubscribe(connection, id, payload) {
        const identity = identities.get(connection.extra.socket);
        try {
          if (identity) limit(identity);
          if (Object.keys(connection.subscriptions).length > MOST_OPERATIONS) throw new StewardError("ST104");
        } catch (error) {
          return [new GraphQLError("", { originalError: error as Error })];
        }
        return config.onSubscribe?.(connection as never, id, payload);
      },
    },
    sockets,
    KEEP_ALIVE_MS,
  );
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.split("?")[0] !== "/graphql") return void socket.destroy();
    try {
      limitAddress(request);
    } catch {
      socket.on("error", () => undefined); // nobody else listens any more, and it would end the process
      return void socket.end("HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\n\r\n", () => socket.destroy());
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      // Nothing that a client sends may end the process.
      opened.on("error", (err) => log.debug({ err }, "a websocket broke"));
      sockets.emit("connection", opened, request);
    });
  };
  server.on("upgrade", upgrade);

  return {
    count: () => sockets.clients.size,
    async close() {
      server.off("upgrade", upgrade);
      const patience = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
      }, CLOSE_PATIENCE_MS);
      await disposable.dispose();
      clearTimeout(patience);
    },
  };
}

function timeLeft({ expiresAt }: Identity): number {
  return Math.min(Math.max(expiresAt * 1000 - Date.now(), 0), LONGEST_TIMER_MS);
}

/** A client whose token is refused must not come back with it; one that comes at a bad time may. */
function refuse(socket: Extra["socket"], error: unknown): void {
  const known = toStewardError(error) ?? new StewardError("ST199");
  const isBadTime = statusOf(known.code) >= 500 || known.code === "ST104";
  const code = isBadTime ? TRY_AGAIN_LATER : CloseCode.Unauthorized;
  socket.close(code, known.code === "ST101" ? "Unauthorized" : known.message.slice(0, 100));
}
