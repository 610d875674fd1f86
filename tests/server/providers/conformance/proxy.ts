// Stands before any provider and makes trouble on the way, so that every adapter meets the same, whatever its provider is able to do.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * - `cut`: the provider does it, and the answer is lost; `drop`: it never arrives; `hang`: it neither arrives nor is answered;
 * - an answer: it never arrives, and this is answered instead.
 */
export type Trouble =
  | "cut"
  | "drop"
  | "hang"
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

export interface Seen {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Of its answer, if it was passed on. */
  readonly headers: Headers | undefined;
}

export interface Proxy {
  /** Instead of the provider's own address. */
  readonly url: string;
  /** Requests so far. */
  readonly seen: Seen[];
  /** Asked about each request: what happens to it; undefined: it passes. */
  meet: (request: Pick<Seen, "method" | "path">) => Trouble | undefined;
  close(): Promise<void>;
}

/** Of one hop, or about a form that fetch has undone. */
const NOT_PASSED = ["connection", "content-encoding", "content-length", "host", "keep-alive", "transfer-encoding"];

/** In front of the provider at `target`, which may have a path. */
export async function openProxy(target: string): Promise<Proxy> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk);
    const { method = "GET", url: path = "/" } = request;
    const trouble = proxy.meet({ method, path });
    const answer = trouble === undefined || trouble === "cut" ? await forward(request, body) : undefined;
    seen.push({ method, path, headers: answer?.headers });
    if (trouble === "hang") return;
    if (trouble === "cut" || trouble === "drop") return void response.destroy();
    if (trouble !== undefined) return void response.writeHead(trouble.status, trouble.headers).end(trouble.body);
    response.writeHead(answer?.status ?? 502, Object.fromEntries(passed(answer?.headers ?? [])));
    response.end(answer?.body);
  }

  async function forward({ method = "GET", url = "/", headers }: IncomingMessage, body: readonly Buffer[]) {
    const answer = await fetch(new URL(url, target), {
      method,
      // A connection each: some providers end kept ones without saying so, which would be trouble of the proxy's own.
      headers: [
        ...passed(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        ["connection", "close"],
      ],
      body: body.length === 0 ? null : Buffer.concat(body),
      redirect: "manual",
    });
    return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { pathname } = new URL(target);
  const { port } = server.address() as AddressInfo;
  const proxy: Proxy = {
    url: `http://127.0.0.1:${port}${pathname === "/" ? "" : pathname}`,
    seen,
    meet: () => undefined,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return proxy;
}

function passed(headers: Iterable<[string, string]>): [string, string][] {
  return [...headers].filter(([name]) => !NOT_PASSED.includes(name.toLowerCase()));
}
