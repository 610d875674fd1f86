// One websocket as graphql-ws wants it: what comes in is counted, what goes out is bounded, and a client that is silent is given up.
import type { IncomingMessage } from "node:http";
import { CloseCode, type Server } from "graphql-ws";
import { WebSocket } from "ws";
import { EngineError } from "../errors/index.ts";
import { log } from "../log.ts";
import { toStewardError } from "./problems.ts";

const KEEP_ALIVE_MS = 12_000;
/** Of WebSocket itself: come back later; what was sent is too large. */
const TRY_AGAIN_LATER = 1013;
const TOO_LARGE = 1009;
/** Bytes that wait for a client that does not read them. */
const MOST_UNREAD = 1_048_576;

/** What comes with each operation; Grafserv looks for these names. */
export interface Extra extends Record<PropertyKey, unknown> {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly requestId: string;
}

export interface ChannelOptions {
  readonly protocol: Server<Extra>;
  /** Counts a frame of so many bytes; throws ST104 when there were too many, ST105 when it is too large. */
  readonly countFrame: (extra: Extra, bytes: number) => void;
}

export function openChannel(extra: Extra, { protocol, countFrame }: ChannelOptions): void {
  const { socket } = extra;
  let hasAnswered = true;
  /** Whether what has come may be looked at. */
  const admit = ({ length }: Buffer): boolean => {
    if (socket.bufferedAmount > MOST_UNREAD) socket.terminate();
    if (socket.readyState !== WebSocket.OPEN) return false;
    try {
      countFrame(extra, length);
      return true;
    } catch (error) {
      refuse(socket, error);
      socket.pause(); // it would go on
      return false;
    }
  };
  socket.on("ping", admit);
  socket.on("pong", (data) => {
    if (admit(data)) hasAnswered = true;
  });
  socket.on("error", (err) => log.debug({ err }, "a websocket broke"));

  const keepAlive = setInterval(() => {
    if (!hasAnswered || socket.bufferedAmount > MOST_UNREAD) return socket.terminate();
    hasAnswered = false;
    socket.ping();
  }, KEEP_ALIVE_MS);
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (data) => send(socket, data),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (read) =>
        socket.on("message", (data: Buffer) => {
          if (admit(data)) void receive(socket, () => read(data.toString()));
        }),
    },
    extra,
  );
  socket.once("close", (code, reason) => {
    clearInterval(keepAlive);
    closed(code, String(reason)).catch((err: unknown) => log.error({ err }, "a websocket's end failed"));
  });
}

function send(socket: WebSocket, data: string): Promise<void> {
  // A client that has gone reads nothing; its close ends what would send.
  return new Promise((resolve) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(data, () => resolve());
    else resolve();
  });
}

async function receive(socket: WebSocket, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (err) {
    // graphql-ws throws this for messages that only a server sends.
    if (err instanceof Error && err.message.startsWith("Unexpected message of type"))
      return socket.close(CloseCode.BadRequest, "Invalid message received");
    log.error({ err }, "a message on a websocket failed for a reason that clients are not told");
    socket.close(CloseCode.InternalServerError, "Internal server error");
  }
}

/** A client whose token is refused must not come back with it; one that comes at a bad time may. */
export function refuse(socket: WebSocket, error: unknown): void {
  const known = toStewardError(error) ?? new EngineError("ST199");
  const isBadTime = known.http >= 500 || known.code === "ST104";
  const code = known.code === "ST105" ? TOO_LARGE : isBadTime ? TRY_AGAIN_LATER : CloseCode.Unauthorized;
  socket.close(code, known.code === "ST101" ? "Unauthorized" : known.message.slice(0, 100));
}
