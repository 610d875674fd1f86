// Errors on a bare socket, where Node has made no response: malformed requests, and upgrades that fail.
import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { StewardError } from "../errors/index.ts";
import { errorHeaders } from "./headers.ts";
import { problemBody } from "./problems.ts";

/** How long a client may take to read the answer before the connection is gone. */
const LINGER_MS = 500;

/** Sends the error as an HTTP answer, and closes the connection. */
export function answerRaw(socket: Duplex, error: StewardError, extra: Readonly<Record<string, string>> = {}): void {
  socket.on("error", () => undefined); // nobody else listens any more, and it would end the process
  if (!socket.writable) return void socket.destroy();
  const requestId = randomUUID();
  const body = JSON.stringify(problemBody(error, requestId));
  const headers = {
    ...errorHeaders(requestId, error),
    ...extra,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const status = error.http;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`);
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
