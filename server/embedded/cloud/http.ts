// The embedded cloud on the wire: reads a request, lets faults happen to it, has it answered.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Counts } from "./admin.ts";
import { type Answer, malformed, Refusal, unauthorized } from "./answers.ts";
import type { Call } from "./call.ts";
import type { Fault, FaultControl } from "./faults.ts";

const LONGEST_BODY = 1024 * 1024;

interface Parts {
  readonly route: (call: Call) => Promise<Answer>;
  readonly admin: (method: string, path: string, body: unknown) => Answer;
  readonly faults: FaultControl;
  readonly counts: Counts;
  /** The administrator's password, for /_admin. */
  readonly password: string;
}

/** The function that node:http calls for each request. */
export function createHandler(parts: Parts): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    handle(parts, request, response).catch(() => response.destroy());
  };
}

async function handle(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await readBody(request);
  if (request.url?.startsWith("/_admin/")) return send(response, admin(parts, request, text));

  const call = {
    request,
    text,
    method: request.method ?? "GET",
    url: new URL(request.url ?? "/", `http://${request.headers.host ?? "cloud"}`),
  };
  count(parts.counts, call.method, call.url.pathname);
  const fault = parts.faults.take(call.method, call.url.pathname);
  if (fault?.kind === "hang") return;
  if (fault?.kind === "drop") return cut(request);
  await parts.faults.pass();
  const refused = fault && refusalOf(fault);
  if (refused) return send(response, refused);
  if (fault?.kind === "delay") await sleep(fault.ms, undefined, { ref: false });
  const answer = await answerOf(parts, call);
  if (fault?.kind === "cut") return cut(request);
  if (fault?.kind === "late") await sleep(fault.ms, undefined, { ref: false });
  send(response, answer);
}

interface Received {
  readonly request: IncomingMessage;
  readonly text: string;
  readonly method: string;
  readonly url: URL;
}

async function answerOf({ route }: Parts, { request, text, method, url }: Received): Promise<Answer> {
  try {
    const path = url.pathname.replace(/^\/v3(?=\/|$)/, "") || "/";
    const token = header(request, "x-auth-token");
    const subjectToken = header(request, "x-subject-token");
    return await route({
      method,
      path,
      query: url.searchParams,
      token,
      subjectToken,
      body: parse(request, text),
      url: url.href,
    });
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function parse(request: IncomingMessage, text: string): unknown {
  if (text === "") return undefined;
  if (!request.headers["content-type"]?.startsWith("application/json"))
    throw malformed("application/json in Content-Type header");
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("valid JSON in request body");
  }
}

function admin(parts: Parts, request: IncomingMessage, text: string): Answer {
  if (header(request, "x-admin-password") !== parts.password) return unauthorized().answer;
  let body: unknown;
  try {
    body = text === "" ? undefined : JSON.parse(text);
  } catch {
    return { status: 400, body: { error: "not JSON" } };
  }
  return parts.admin(request.method ?? "GET", request.url ?? "", body);
}

function refusalOf(fault: Fault): Answer | undefined {
  const headers: Record<string, string> =
    fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) };
  if (fault.kind === "throttle")
    return {
      status: 429,
      body: { error: { code: 429, message: "Too many requests.", title: "Too Many Requests" } },
      headers,
    };
  if (fault.kind !== "fail") return undefined;
  const message = "An unexpected error prevented the server from fulfilling your request.";
  return {
    status: fault.status,
    body: { error: { code: fault.status, message, title: "Internal Server Error" } },
    headers,
  };
}

function cut(request: IncomingMessage): void {
  request.socket.destroy();
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, {
    ...(status === 204 ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    vary: "X-Auth-Token",
    "x-openstack-request-id": `req-${randomUUID()}`,
    ...headers,
  });
  response.end(text);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes: Buffer = chunk;
    length += bytes.length;
    if (length > LONGEST_BODY) throw new Error("the request is too long");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function count(counts: Counts, method: string, path: string): void {
  const key = `${method} ${path.replace(/^\/v3/, "").replaceAll(/\/[0-9a-f]{32}/g, "/{id}")}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
