// graphql-transport-ws for our sockets: known who asks before anything else is read, closed when the token ends.
import { GraphQLError } from "graphql";
import { CloseCode, type Context, makeServer, type Server } from "graphql-ws";
import { type GrafservBase, makeGraphQLWSConfig } from "postgraphile/grafserv";
import { WebSocket } from "ws";
import { EngineError } from "../errors/index.ts";
import { maskError } from "../graphql/masking.ts";
import type { Asker } from "./askers.ts";
import { type Extra, refuse } from "./channel.ts";
import type { Connections } from "./connections.ts";
import type { Authenticate, Identity } from "./identity.ts";
import { createPlaces } from "./places.ts";

const MOST_OPERATIONS = 100;
/** Of one subject, to this server. */
const MOST_SOCKETS = 20;
const INIT_PATIENCE_MS = 5_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface ProtocolOptions {
  readonly grafserv: GrafservBase;
  readonly authenticate: Authenticate;
  readonly connections: Connections;
  /** Notes who asks on this socket. */
  readonly remember: (socket: object, asker: Asker) => void;
  /** Throws ST104 when this subject asks too often. */
  readonly limit: (identity: Identity) => void;
}

export interface Protocol {
  readonly server: Server<Extra>;
  /** The sender of the valid token on this socket; undefined: none came yet. */
  identityOf(socket: WebSocket): Identity | undefined;
}

type Connection = Context<Record<string, unknown>, Extra>;

export function createProtocol({ grafserv, authenticate, connections, remember, limit }: ProtocolOptions): Protocol {
  const identities = new WeakMap<WebSocket, Identity>();
  const takePlace = createPlaces(MOST_SOCKETS);
  const config = makeGraphQLWSConfig(grafserv);

  const connect = async ({ extra, connectionParams }: Connection): Promise<boolean> => {
    const { socket, request, requestId } = extra;
    try {
      const identity = await authenticate(connectionParams?.["authorization"] ?? connectionParams?.["Authorization"]);
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.once("close", takePlace(identity.subject));
      const signal = lifeOf(socket, identity);
      remember(socket, { identity, requestId, signal: () => signal });
      identities.set(socket, identity);
      connections.busy(request.socket);
      return true;
    } catch (error) {
      refuse(socket, error);
      return false;
    }
  };
  const server = makeServer<Record<string, unknown>, Extra>({
    ...(config as object),
    connectionInitWaitTimeout: INIT_PATIENCE_MS,
    onConnect: connect,
    async onSubscribe(connection, id, payload) {
      const identity = identities.get(connection.extra.socket);
      try {
        if (identity) limit(identity);
        if (Object.keys(connection.subscriptions).length > MOST_OPERATIONS) throw new EngineError("ST104");
      } catch (error) {
        return [new GraphQLError("", { originalError: error as Error })];
      }
      return config.onSubscribe?.(connection as never, id, payload);
    },
    onError: ({ extra }, _id, _payload, errors) => errors.map((error) => maskError(error, extra.requestId)),
    onNext: ({ extra }, _id, _payload, _args, { errors, ...result }) =>
      errors && { ...result, errors: errors.map((error) => maskError(error, extra.requestId)) },
  });
  return { server, identityOf: (socket) => identities.get(socket) };
}

/** Aborted when the socket has closed, as it does when the token ends. */
function lifeOf(socket: WebSocket, { expiresAt }: Identity): AbortSignal {
  const gone = new AbortController();
  const left = Math.min(Math.max(expiresAt * 1000 - Date.now(), 0), LONGEST_TIMER_MS);
  const timer = setTimeout(() => socket.close(CloseCode.Unauthorized, "Token expired"), left);
  socket.once("close", () => {
    clearTimeout(timer);
    gone.abort();
  });
  return gone.signal;
}
