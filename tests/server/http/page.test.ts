// The console as the server gives it: its files, what browsers are told about them, and to whom it gives a token.
import { once } from "node:events";
import { request } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { brotliDecompressSync } from "node:zlib";
import { isOfSamePerson } from "steward/http/page/same-person";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SECRET, startApi, type TestApi, token } from "../../helpers/api.ts";
import { startProviders } from "../../helpers/provider.ts";

/** Bytes of everything that the first view loads. */
const MOST_BYTES = 300_000;

const test = suite("the page");
let api: TestApi;
let local: TestApi;

test.before(async () => {
  api = await startApi();
  local = await startApi({}, api.database, { isLocal: true });
});
test.after(async () => {
  await local.close();
  await api.close();
});

const get = (path: string, headers: Readonly<Record<string, string>> = {}) => fetch(`${api.url}${path}`, { headers });

/** fetch sets some headers as it likes. */
function post({ url }: TestApi, path: string, headers: Readonly<Record<string, string>>) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const sent = request(`${url}${path}`, { method: "POST", headers }, (answer) => {
      let body = "";
      answer.on("data", (chunk: Buffer) => (body += chunk.toString()));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** As a browser asks that opens a page: under some of its addresses there is JSON too. */
const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

test("every view is the same page, under a strict policy", async () => {
  const home = await get("/");
  const page = await home.text();
  assert.match(page, '<div id="root">');
  assert.not.match(page, /<script(?![^>]* src=)|<style|\son\w+=|style=/);
  const policy = home.headers.get("content-security-policy") ?? "";
  assert.match(policy, "default-src 'none'; script-src 'self'; style-src 'self'");
  assert.not.match(policy, /unsafe|\*|data:/);
  for (const path of [
    "/runs",
    "/runs/01a21a0e-61d6-7d6a-bb2b-3553b8a99007?step=x",
    "/lanes",
    "/lifecycles",
    "/workers",
    "/audit",
    "/me",
  ])
    assert.is(await (await get(path, BROWSER)).text(), page, path);
});

test("the index is asked for each time, and files with a name of their own never again", async () => {
  const home = await get("/");
  assert.is(home.headers.get("cache-control"), "no-cache");
  const etag = home.headers.get("etag") ?? "";
  const again = await get("/", { "if-none-match": etag });
  assert.is(again.status, 304);
  assert.is(await again.text(), "");
  for (const path of assetsOf(await home.text())) {
    const { headers } = await get(path);
    assert.is(headers.get("cache-control"), "public, max-age=31536000, immutable");
    assert.is(headers.get("x-content-type-options"), "nosniff");
  }
});

test("the first view loads less than 300 kB, compressed as the browser asks", async () => {
  const page = await (await get("/")).text();
  let bytes = 0;
  for (const path of ["/", "/theme.js", ...assetsOf(page)]) {
    const plain = await (await get(path, { "accept-encoding": "identity" })).text();
    const packed = await rawBytes(path, "br");
    assert.is(brotliDecompressSync(packed).toString(), plain, path);
    bytes += (await rawBytes(path, "gzip")).length;
  }
  assert.ok(bytes < MOST_BYTES, `${bytes} bytes`);
});

test("nothing but its files is given out", async () => {
  for (const path of ["/assets/none.js", "/assets/..%2f..%2fpackage.json", "/index.html.br", "/nothing"]) {
    const answer = await get(path);
    assert.is(answer.status, 404, path);
    assert.match(await answer.text(), "ST110");
  }
});

test("a local start gives a token to a page of its own in a browser of the same person, and to nobody else", async () => {
  const { host } = new URL(local.url);
  const own = { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" };
  const { status, body } = await post(local, "/console/token", own);
  assert.is(status, 200);
  const { token } = JSON.parse(body) as { token: string };
  assert.is((await local.send(token, "{ overview { lanes { name } } }")).errors.length, 0);

  const port = host.split(":")[1];
  const others: Record<string, Record<string, string>> = {
    "a program": { host },
    "another page": { ...own, origin: "https://evil.example", "sec-fetch-site": "cross-site" },
    "another page of this machine": { ...own, origin: "http://127.0.0.1:9", "sec-fetch-site": "same-site" },
    "a name that points here": { ...own, host: `evil.example:${port}`, origin: `http://evil.example:${port}` },
    "a proxy": { ...own, "x-forwarded-for": "203.0.113.9" },
    "a proxy that keeps the browser's Origin": { ...own, origin: "https://jobs.example" },
    "a link that somebody typed": { ...own, "sec-fetch-site": "none" },
  };
  for (const [who, headers] of Object.entries(others))
    assert.is((await post(local, "/console/token", headers)).status, 404, who);
});

test("a connection is known by both of its ends, not by their ports: from another loopback address another person may use the same", async () => {
  for (const [listening, from] of [
    ["127.0.0.1", "127.0.0.1"],
    ["::", "127.0.0.1"],
    ["::1", "::1"],
  ] as const) {
    const server = createServer();
    server.listen(0, listening);
    if ((await Promise.race([once(server, "listening"), once(server, "error")])).length > 0) continue; // no IPv6 here
    const client = connect((server.address() as AddressInfo).port, from);
    const [{ remoteAddress, remotePort, localAddress, localPort }] = (await once(server, "connection")) as [Socket];
    const end = { remoteAddress, remotePort, localAddress, localPort } as Socket;
    assert.is(isOfSamePerson(end), true, `${from} to ${listening}`);
    assert.is(isOfSamePerson({ ...end, remoteAddress: "127.0.0.2" } as Socket), false);
    assert.is(isOfSamePerson({ ...end, localAddress: "127.0.0.2" } as Socket), false);
    client.destroy();
    server.close();
  }
});

test("no token is given by a server that is not started so, in production, or where an identity provider issues them", async () => {
  const provider = { JWKS_URL: "http://127.0.0.1:9/keys", JWT_ISSUER: "http://127.0.0.1:9", JWT_AUDIENCE: "steward" };
  const keys = { JWT_SECRET: SECRET, ENCRYPTION_KEY: Buffer.alloc(32).toString("base64") };
  const production = await startApi({ NODE_ENV: "production", ...keys }, api.database, { isLocal: true });
  const provided = await startApi(provider, api.database, { isLocal: true });
  try {
    for (const server of [api, production, provided]) {
      const { host } = new URL(server.url);
      const headers = { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" };
      assert.is((await post(server, "/console/token", headers)).status, 404);
      const settings = (await (await fetch(`${server.url}/console/settings`)).json()) as { signsIn: boolean };
      assert.is(settings.signsIn, false);
    }
  } finally {
    await production.close();
    await provided.close();
  }
});

test("stand-ins are broken by administrators, on a server that was given some, and not in production", async () => {
  const providers = await startProviders();
  const { url, adminPassword: password } = providers.drive;
  const keys = { JWT_SECRET: SECRET, ENCRYPTION_KEY: Buffer.alloc(32).toString("base64") };
  const given = { standIns: { drive: { url, password } } };
  const server = await startApi({}, api.database, given);
  const production = await startApi({ NODE_ENV: "production", ...keys }, api.database, given);
  const put = (at: TestApi, authorization: string, body: string) =>
    fetch(`${at.url}/stand-ins/drive`, {
      method: "PUT",
      headers: { authorization: `Bearer ${authorization}`, "content-type": "application/json" },
      body,
    });
  const works = async () => (await fetch(`${url}/status.php`)).status;
  try {
    const [admin, reader] = [await token("admin"), await token("user")];
    assert.is((await put(server, "none", '{"broken":true}')).status, 401);
    assert.is((await put(server, reader, '{"broken":true}')).status, 403);
    assert.is((await put(server, admin, '{"broken":1}')).status, 400);
    assert.is((await put(api, admin, '{"broken":true}')).status, 404);
    assert.is((await put(production, admin, '{"broken":true}')).status, 404);
    assert.is(await works(), 200);
    assert.equal(await (await put(server, admin, '{"broken":true}')).json(), { drive: true });
    assert.is(await works(), 503);
    assert.equal(await (await put(server, admin, '{"broken":false}')).json(), { drive: false });
    assert.is(await works(), 200);
  } finally {
    await production.close();
    await server.close();
    await providers.close();
  }
});

function assetsOf(page: string): string[] {
  return Array.from(page.matchAll(/"(\/assets\/[^"]+)"/g), ([, path]) => path ?? "");
}

function rawBytes(path: string, encoding: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${api.url}${path}`, { headers: { "accept-encoding": encoding } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => resolve(Buffer.concat(chunks)));
    });
    sent.on("error", reject);
    sent.end();
  });
}

test.run();
