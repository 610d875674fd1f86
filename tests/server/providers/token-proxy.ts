// Passes requests on to a Keystone and keeps the tokens it hands out, so that a test can end them there.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface TokenProxy {
  readonly url: string;
  readonly tokens: string[];
  close(): Promise<void>;
}

/** In front of `authUrl` (ending in /v3). */
export async function openProxy(authUrl: string): Promise<TokenProxy> {
  const tokens: string[] = [];
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = new Headers();
    for (const name of ["content-type", "x-auth-token", "accept"]) {
      const value = request.headers[name];
      if (typeof value === "string") headers.set(name, value);
    }
    const body = chunks.length === 0 ? null : Buffer.concat(chunks).toString("utf8");
    const url = authUrl + (request.url ?? "").replace(/^\/v3/, "");
    const answer = await fetch(url, { method: request.method ?? "GET", headers, body });
    const token = answer.headers.get("x-subject-token");
    if (token !== null) tokens.push(token);
    const text = await answer.text();
    const shown = token === null ? {} : { "x-subject-token": token };
    response.writeHead(answer.status, { "content-type": "application/json", ...shown });
    response.end(text);
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/v3`,
    tokens,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
