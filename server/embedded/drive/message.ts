// Requests and replies of the embedded drive, apart from Node's streams, so that what answers is plain functions.

import type { IncomingMessage, ServerResponse } from "node:http";

export interface Request {
  readonly method: string;
  /** Still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** The client's address. */
  readonly client: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

const LONGEST_BODY = 16 * 1024 * 1024;

/** Reads a request whole; undefined if it is too long. */
export async function readRequest(incoming: IncomingMessage): Promise<Request | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length > LONGEST_BODY) return undefined;
    chunks.push(chunk);
  }
  const url = new URL(incoming.url ?? "/", "http://drive.invalid");
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
    client: incoming.socket.remoteAddress ?? "",
  };
}

/** Writes a reply. */
export function sendReply(outgoing: ServerResponse, reply: Reply): void {
  outgoing.writeHead(reply.status, reply.headers);
  outgoing.end(reply.body ?? "");
}

/** A single header's value. */
export function header(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Text for XML, also inside quotes. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
