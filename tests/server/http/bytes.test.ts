// Whatever bytes a client sends: an answer that is no failure of ours, with a code, an id and the headers, and a log that stays JSON.
// test-timeout: 300
import { once } from "node:events";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import WebSocket from "ws";
import { SECRET, signedJson, token } from "../../helpers/api.ts";
import { waitFor } from "../../helpers/database.ts";
import { dial, exchange, type RawAnswer, readAnswer } from "../../helpers/raw.ts";
import { startServer, type TestServer } from "../../helpers/server.ts";

const test = suite("bytes");
let server: TestServer;
let bearer: string;

test.before(async () => {
  server = await startServer(SECRET, { CORS_ORIGINS: "https://app.example.test", RATE_LIMIT: "100000" });
  bearer = `Bearer ${await token("user")}`;
});
test.after(() => server.close());
test.after.each(async () => {
  assert.is((await fetch(`${server.url}/healthz`)).status, 200);
  const lines = server.log().split("\n").slice(1, -1);
  for (const line of lines) assert.type(JSON.parse(line), "object", line);
  assert.equal(
    lines.filter((line) => /"level":"(error|fatal)"/.test(line)),
    [],
  );
});

/** Holds for every answer; for those that are errors a code, and the id in both places. */
function check({ status, headers, body }: RawAnswer, what: string): string | undefined {
  assert.ok(status >= 200 && status < 500, `${status} for ${what}: ${body}`);
  for (const name of [
    "x-content-type-options",
    "strict-transport-security",
    "content-security-policy",
    "referrer-policy",
  ])
    assert.ok(headers.has(name), `no ${name} for ${what}: ${status} ${JSON.stringify([...headers])}`);
  // The page's files are the same for everybody: a browser keeps them, and asks each time whether they are still right.
  const isPage = status === 200 && headers.get("content-type") === "text/html; charset=utf-8";
  assert.is(headers.get("cache-control"), isPage ? "no-cache" : "no-store", what);
  assert.match(headers.get("x-request-id") ?? "", /^[\da-f-]{36}$/, what);
  if (status < 400) return undefined;
  const { code, requestId } = JSON.parse(body).errors[0].extensions;
  assert.equal([requestId, typeof code], [headers.get("x-request-id"), "string"], `${what}: ${body}`);
  return code;
}

const JSON_TYPE = "content-type: application/json\r\n";
const post = (head: string, body: string, length = Buffer.byteLength(body)) =>
  `POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n${head}\r\n${body}`;
const authorized = (head: string, body: string, length?: number) => () =>
  post(`authorization: ${bearer}\r\n${head}`, body, length);

const REFUSED: readonly [string, () => string, number, string][] = [
  ["no HTTP", () => "hello\r\n\r\n", 400, "ST109"],
  ["HTTP/2 at once", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "ST109"],
  ["no host", () => "GET /healthz HTTP/1.1\r\n\r\n", 400, "ST109"],
  ["a path that is none", () => "GET /%zz HTTP/1.1\r\nhost: a\r\n\r\n", 400, "ST109"],
  ["a path that is not there", () => "GET /nothing HTTP/1.1\r\nhost: a\r\n\r\n", 404, "ST110"],
  ["a method that nobody has", () => "BREW / HTTP/1.1\r\nhost: a\r\n\r\n", 400, "ST109"],
  ["a method that no route has", () => "PROPFIND / HTTP/1.1\r\nhost: a\r\n\r\n", 404, "ST110"],
  ["CONNECT", () => "CONNECT a:80 HTTP/1.1\r\nhost: a\r\n\r\n", 400, "ST109"],
  ["TRACE", () => "TRACE / HTTP/1.1\r\nhost: a\r\n\r\n", 404, "ST110"],
  ["headers that are too large", () => `GET / HTTP/1.1\r\nhost: a\r\nx: ${"x".repeat(20_000)}\r\n\r\n`, 431, "ST116"],
  ["a path that is too long", () => `GET /${"x".repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`, 431, "ST116"],
  ["an expectation", () => "GET / HTTP/1.1\r\nhost: a\r\nexpect: more\r\n\r\n", 400, "ST109"],
  [
    "a body of two lengths",
    () => "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
    400,
    "ST109",
  ],
  [
    "a body with a length and chunks",
    () => "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
    "ST109",
  ],
  ["no token", () => post(JSON_TYPE, "{}"), 401, "ST101"],
  ["a body that is no JSON", authorized(JSON_TYPE, "{"), 400, "ST109"],
  ["an empty body", authorized(JSON_TYPE, ""), 400, "ST109"],
  ["JSON that is no object", authorized(JSON_TYPE, "null"), 400, "ST109"],
  ["JSON that would poison prototypes", authorized(JSON_TYPE, '{"__proto__":{"x":1}}'), 400, "ST109"],
  ["another type", authorized("content-type: text/css\r\n", "x"), 415, "ST113"],
  ["no type", authorized("", "x"), 415, "ST113"],
  ["a type that is none", authorized("content-type: ;;;\r\n", "x"), 415, "ST113"],
  ["a body that is announced as too large", authorized(JSON_TYPE, "{", 2_000_000), 413, "ST105"],
  ["a body that is too large", authorized(JSON_TYPE, `"${"x".repeat(1_100_000)}"`), 413, "ST105"],
  [
    "a websocket elsewhere",
    () =>
      "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\r\n".replace(
        "GET /",
        "GET /x",
      ),
    404,
    "ST110",
  ],
  [
    "a websocket without a key",
    () => "GET /graphql HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    400,
    "ST109",
  ],
];
for (const [what, make, status, code] of REFUSED) {
  test(`${status} for ${what}`, async () => {
    const answer = await exchange(server.url, make());
    assert.ok(answer, "no answer");
    assert.equal([answer.status, check(answer, what)], [status, code], answer.body);
  });
}

test("an offer of another protocol is ignored, with a body too", async () => {
  const offer = "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n";
  const alive = await exchange(server.url, `GET /healthz HTTP/1.1\r\nhost: a\r\n${offer}\r\n`);
  assert.equal([alive?.status, alive?.body], [200, '{"status":"alive"}']);
  const asked = await exchange(server.url, authorized(JSON_TYPE + offer, '{"query":"{ __typename }"}')());
  assert.equal([asked?.status, asked?.body], [200, '{"data":{"__typename":"Query"}}']);
  const other = await exchange(server.url, `GET /graphql HTTP/1.1\r\nhost: a\r\n${offer}\r\n`);
  assert.is(other?.status, 404);
});

test("after an error that is the request's alone, the connection goes on", async () => {
  const socket = dial(server.url);
  for (const body of ["{", "{}", '{"query":"{ __typename }"}']) {
    socket.write(authorized(JSON_TYPE, body)());
    assert.is((await readAnswer(socket))?.status, body === '{"query":"{ __typename }"}' ? 200 : 400);
  }
  socket.destroy();
});

const word = fc.string({ unit: "binary", maxLength: 20 });
const oneOf = (...values: string[]) => fc.constantFrom(...values);
const anyMethod = fc.oneof(oneOf("GET", "POST", "HEAD", "OPTIONS", "PUT", "QUERY", "M-SEARCH", "get", "PRI"), word);
const anyPath = fc.oneof(
  oneOf(
    "/",
    "/graphql",
    "/graphql?a=%",
    "/graphql/",
    "//graphql",
    "/readyz",
    "/metrics",
    "/graphiql",
    "*",
    "http://a/graphql",
    "/%00",
    "/%c0%af",
    "/\u00ff",
  ),
  fc.webPath(),
  word,
);
const anyHeader = fc.oneof(
  fc.tuple(
    oneOf(
      "content-length",
      "transfer-encoding",
      "expect",
      "upgrade",
      "connection",
      "content-type",
      "accept",
      "authorization",
      "origin",
      "x-forwarded-for",
      "content-encoding",
      "cookie",
      "host",
      "accept-version",
      "access-control-request-method",
      "sec-websocket-key",
      "sec-websocket-version",
      "sec-websocket-protocol",
      "sec-websocket-extensions",
    ),
    fc.oneof(
      word,
      oneOf(
        "0",
        "5",
        "-1",
        "1e3",
        "99999999999999999999",
        "chunked",
        "gzip, chunked",
        "100-continue",
        "websocket",
        "h2c",
        "upgrade",
        "close",
        "application/json",
        "application/json; charset=utf-7",
        "multipart/form-data",
        "*/*",
        "text/event-stream",
        "multipart/mixed",
        "Bearer a.b.c",
        "https://app.example.test",
        "13",
        "graphql-transport-ws",
        "dGhlIHNhbXBsZSBub25jZQ==",
        "permessage-deflate; server_max_window_bits=1",
      ),
    ),
  ),
  fc.tuple(word, word),
);
const anyBody = fc.oneof(
  word,
  fc.json(),
  oneOf(
    "0\r\n\r\n",
    "5\r\nhello\r\n0\r\n\r\n",
    "fffffffff\r\n",
    '{"query":"{ __typename }"}',
    '{"query":1}',
    "[]",
    '{"query":"{__typename}","variables":[],"operationName":{}}',
  ),
);
const anyRequest = fc
  .tuple(
    anyMethod,
    anyPath,
    oneOf("HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/9", ""),
    fc.array(anyHeader, { maxLength: 6 }),
    anyBody,
    fc.boolean(),
    fc.boolean(),
  )
  .map(([method, path, version, headers, body, isAuthorized, hasLength]) => {
    const all = [
      ["host", "a"],
      ...(isAuthorized ? [["authorization", bearer]] : []),
      ...(hasLength
        ? [
            ["content-length", String(Buffer.byteLength(body))],
            ["content-type", "application/json"],
          ]
        : []),
      ...headers,
    ];
    return `${method} ${path} ${version}\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
  });

test("any request at all", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof({ weight: 5, arbitrary: anyRequest }, fc.string({ unit: "binary" })), async (bytes) => {
      // What is not yet at its end is not waited for.
      const answer = await exchange(server.url, Buffer.from(bytes, "utf8"), 50);
      if (answer && answer.status !== 101) check(answer, JSON.stringify(bytes));
    }),
    { numRuns: 600, includeErrorInReport: true },
  );
});

test("any claims at all in a token that is signed", async () => {
  const anyTime = fc.oneof(
    oneOf("0", "-1", "1e999", "-1e999", "1e18", "253402300800", "1.5", "null", '""', "true", "[]"),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.integer({ min: -9_000_000_000, max: 9_000_000_000 }).map(String),
  );
  const anyText = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }).map((text) => JSON.stringify(text)),
    fc.json(),
  );
  const anyClaims = fc.record(
    {
      sub: anyText,
      role: oneOf('"user"', '"admin"', '["user"]', "{}"),
      exp: anyTime,
      nbf: anyTime,
      iat: anyTime,
      preferred_username: anyText,
      email: anyText,
      name: anyText,
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(anyClaims, async (claims) => {
      const answer = await fetch(`${server.url}/graphql`, {
        method: "POST",
        headers: { authorization: `Bearer ${await signedJson(claims)}`, "content-type": "application/json" },
        body: '{"query":"{ currentUser { id username } }"}',
      });
      const { data, errors } = (await answer.json()) as { data?: object; errors?: { extensions: { code: string } }[] };
      assert.ok(
        answer.status === 200 ? data && !errors : answer.status === 401,
        `${answer.status}: ${JSON.stringify(errors)}`,
      );
    }),
    { numRuns: 300 },
  );
});

test("any frames at all on a websocket, and connections that break", async () => {
  const handshake =
    "GET /graphql HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n";
  const frame = (first: number, payload: Buffer) => {
    const { length } = payload;
    const head = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255];
    return Buffer.concat([Buffer.from([first, ...head, 0, 0, 0, 0]), payload]);
  };
  const init = frame(
    0x81,
    Buffer.from(JSON.stringify({ type: "connection_init", payload: { authorization: bearer } })),
  );
  const anyMessage = fc.oneof(
    fc.json({ maxDepth: 2 }),
    fc
      .record({
        type: oneOf("ping", "pong", "subscribe", "next", "complete", "connection_init", "connection_ack", "x"),
        id: fc.oneof(word, fc.integer(), fc.constant("__proto__")),
        payload: fc.oneof(fc.anything({ maxDepth: 1 }), fc.record({ query: word })),
      })
      .map((each) => JSON.stringify(each) ?? ""),
  );
  const anyFrame = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 125 }))
      .map(([first, bytes]) => frame(first, Buffer.from(bytes))),
    anyMessage.map((text) => frame(0x81, Buffer.from(text).subarray(0, 5_000))),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyFrame, { maxLength: 8 }),
      fc.boolean(),
      fc.boolean(),
      async (frames, isBroken, hasInit) => {
        const socket = dial(server.url);
        const closed = new Promise((resolve) => socket.once("close", resolve));
        socket.resume();
        socket.write(Buffer.concat([Buffer.from(handshake), ...(hasInit ? [init] : []), ...frames]));
        if (isBroken) setTimeout(() => socket.resetAndDestroy(), 5);
        else setTimeout(() => socket.destroy(), 30);
        await closed;
      },
    ),
    { numRuns: 300 },
  );
  await waitFor(async () => /^steward_websockets 0$/m.test(await (await fetch(`${server.url}/metrics`)).text()));
});

test("any operation at all on a websocket with a token: an answer with a code and the socket's id, or an end that is not our failure", async () => {
  const anyPayload = fc.oneof(
    fc.json({ maxDepth: 2 }),
    fc
      .record(
        {
          query: fc.oneof(
            word,
            oneOf(
              "{ __typename }",
              "{ nothing }",
              "subscription { runChanged }",
              "query A { __typename } query B { __typename }",
            ),
          ),
          variables: fc.jsonValue({ maxDepth: 1 }),
          operationName: fc.jsonValue({ maxDepth: 1 }),
          extensions: fc.jsonValue({ maxDepth: 1 }),
        },
        { requiredKeys: ["query"] },
      )
      .map((payload) => JSON.stringify(payload)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyPayload, { minLength: 1, maxLength: 5 }), async (payloads) => {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
      const [[upgrade]] = await Promise.all([once(socket, "upgrade"), once(socket, "open")]);
      const answers = new Set<string>();
      let code: number | undefined;
      socket.on("close", (closedWith) => {
        code = closedWith;
      });
      socket.on("message", (data: Buffer) => {
        const { type, id, payload } = JSON.parse(data.toString());
        for (const { extensions } of type === "error" ? payload : (payload?.errors ?? [])) {
          assert.match(extensions.code, /^ST\d{3}$/);
          assert.is(extensions.requestId, upgrade.headers["x-request-id"]);
        }
        if (type === "error" || type === "complete") answers.add(id);
        if (type === "connection_ack")
          for (const [n, text] of payloads.entries()) socket.send(`{"type":"subscribe","id":"${n}","payload":${text}}`);
      });
      socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: bearer } }));
      await waitFor(() => code !== undefined || answers.size === payloads.length);
      assert.ok(code === undefined || code === 4400, `closed with ${code} for ${payloads}`);
      socket.terminate();
    }),
    { numRuns: 100 },
  );
});

test.run();
