// Clients that only take room: slow, silent, never reading, too many. They are let go; those who ask are answered meanwhile.
import { EventEmitter, once } from "node:events";
import type { Socket } from "node:net";
import pg from "pg";
import { networkOf } from "steward/http/address";
import { createConnections } from "steward/http/connections";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import WebSocket from "ws";
import { startApi, type TestApi, token } from "../../helpers/api.ts";
import { waitFor } from "../../helpers/database.ts";
import { dial, readAnswer } from "../../helpers/raw.ts";

const test = suite("connections");
let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after(() => api.close());

const HEAD = "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n";

test("what does not come to its end is given up: nothing at all, headers, bodies, with a token or without", async () => {
  const bearer = `authorization: Bearer ${await token("user")}\r\n`;
  const slow: readonly [string, readonly number[]][] = [
    ["", [408]],
    ["GET / HTTP/1.1\r\nhost: a\r\nx: ", [408]],
    [`${HEAD}${bearer}\r\n{`, [408]],
    [`${HEAD}\r\n{`, [401]],
    [`POST /nothing HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{`, [404]],
  ];
  await Promise.all(
    slow.map(async ([bytes, statuses]) => {
      const socket = dial(api.url);
      const closed = once(socket, "close");
      socket.write(bytes);
      // It sends on and on, which must not save it.
      const drip = setInterval(() => socket.write(bytes && "x"), 200);
      const answer = await readAnswer(socket, 60_000);
      await closed;
      clearInterval(drip);
      assert.ok(statuses.includes(answer?.status ?? 0), `${answer?.status} for ${bytes}`);
      assert.match(JSON.parse(answer?.body ?? "").errors[0].extensions.code, /^ST1/);
    }),
  );
});

test("a client that still sends holds up no stop", async () => {
  const stopping = await startApi({}, api.database);
  const socket = dial(stopping.url);
  const closed = once(socket, "close");
  socket.write(`${HEAD}authorization: Bearer ${await token("user")}\r\nexpect: 100-continue\r\n\r\n{`);
  await once(socket, "data");
  await Promise.all([stopping.close(), closed]);
});

test("one subject has so many requests under way and no more, others as before", async () => {
  const mine = await token("user");
  await api.send(mine, "{ __typename }");
  const held = Array.from({ length: 100 }, () => {
    const socket = dial(api.url);
    socket.write(`${HEAD}authorization: Bearer ${mine}\r\n\r\n`);
    return socket;
  });
  await waitFor(async () => (await api.send(mine, "{ __typename }")).errors[0]?.extensions["code"] === "ST104");
  assert.is((await api.send(await token("user"), "{ __typename }")).status, 200);
  for (const socket of held) socket.destroy();
  await waitFor(async () => (await api.send(mine, "{ __typename }")).status === 200);
});

test("a connection sends few requests before there is an answer, or it ends; what came with them is not looked at", async () => {
  const few = dial(api.url);
  few.write("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n".repeat(5));
  let text = "";
  few.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  await waitFor(() => text.match(/"alive"/g)?.length === 5);
  few.destroy();
  const many = dial(api.url).resume();
  many.write("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n".repeat(2_000));
  await new Promise((resolve) => many.once("close", resolve));
});

const socketFrom = (remoteAddress: string) =>
  Object.assign(new EventEmitter(), {
    remoteAddress,
    destroyed: false,
    destroy(this: { destroyed: boolean }) {
      this.destroyed = true;
    },
  }) as unknown as Socket;

test("of too many that wait in one network, the one that waited longest goes; who is busy stays", () => {
  const connections = createConnections({ byNetwork: true, perSecond: 1_000 });
  const other = socketFrom("192.0.2.2");
  connections.add(other);
  const many = Array.from({ length: 1_003 }, () => socketFrom("192.0.2.1"));
  for (const socket of many.slice(0, 1_000)) connections.add(socket);
  const [first, second, third, ...rest] = many as [Socket, Socket, Socket, ...Socket[]];
  connections.busy(first);
  connections.waits(second); // it has asked, and waits from now on
  for (const socket of rest.slice(-3)) connections.add(socket);
  assert.equal(
    many.flatMap((socket, place) => (socket.destroyed ? [place] : [])),
    [2, 3],
  );
  assert.ok(third.destroyed && !other.destroyed);
});

test("behind proxies connections are bounded only all together", () => {
  const connections = createConnections({ byNetwork: false, perSecond: 1 });
  const many = Array.from({ length: 10_001 }, () => socketFrom("192.0.2.1"));
  for (const socket of many) connections.add(socket);
  assert.equal(
    many.flatMap((socket, place) => (socket.destroyed ? [place] : [])),
    [0],
  );
});

test("one client's network: an IPv4 address, half of an IPv6 address", () => {
  assert.is(networkOf("::ffff:192.0.2.1"), networkOf("192.0.2.1"));
  assert.is(networkOf("2001:db8::1"), networkOf("2001:0db8:0:0:ffff::2"));
  assert.is(networkOf("fe80::1%eth0"), networkOf("fe80::2"));
  assert.is(networkOf("::1"), "0:0:0:0");
  assert.is.not(networkOf("2001:db8::1"), networkOf("2001:db8:0:1::1"));
  assert.is.not(networkOf("192.0.2.1"), networkOf("192.0.2.2"));
});

test("probes are answered while users wait for the database", async () => {
  const blocker = new pg.Client(api.database.ownerUrl);
  await blocker.connect();
  await blocker.query("begin; lock table app_public.users in access exclusive mode");
  let answered = 0;
  const waiting = Array.from({ length: 20 }, async () => {
    await api.send(await token("user"), "{ __typename }");
    answered++;
  });
  try {
    await waitFor(async () =>
      /^steward_database_waiting [1-9]/m.test(await (await fetch(`${api.url}/metrics`)).text()),
    );
    const ready = await fetch(`${api.url}/readyz`);
    assert.equal([ready.status, answered], [200, 0]);
  } finally {
    await blocker.end();
    await Promise.all(waiting);
  }
});

const websocketsOf = async (url: string) =>
  Number(/^steward_websockets (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);

const open = async (url: string) => {
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  await once(socket, "open");
  return socket;
};

test("a websocket that asks for echoes and does not read them is cut off", async () => {
  const socket = await open(api.url);
  socket.on("error", () => undefined);
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${await token("user")}` } }));
  await once(socket, "message");
  socket.pause();
  await waitFor(async () => (await websocketsOf(api.url)) === 1);
  const ping = JSON.stringify({ type: "ping", payload: { x: "x".repeat(90_000) } });
  const flood = setInterval(() => socket.send(ping, () => undefined), 1);
  // A client that answers no ping would go too, after 24 s.
  await waitFor(async () => (await websocketsOf(api.url)) === 0, { timeoutMs: 20_000, what: "the cut" });
  clearInterval(flood);
  socket.terminate();
});

test("before there was a token, a websocket takes small messages only", async () => {
  const socket = await open(api.url);
  const closed = once(socket, "close");
  socket.send(JSON.stringify({ type: "ping", payload: { x: "x".repeat(17_000) } }));
  assert.is((await closed)[0], 1009);
});

for (const [what, send] of [
  ["pings of WebSocket itself", (socket: WebSocket) => socket.ping()],
  ["pings of the protocol", (socket: WebSocket) => socket.send('{"type":"ping"}')],
  ["pongs that nobody asked for", (socket: WebSocket) => socket.pong()],
] as const) {
  test(`${what}: so many, and no more`, async () => {
    const strict = await startApi({ RATE_LIMIT: "10" }, api.database);
    const [stranger, known] = await Promise.all([open(strict.url), open(strict.url)]);
    known.send(
      JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${await token("user")}` } }),
    );
    await once(known, "message");
    for (const socket of [known, stranger]) {
      const closed = once(socket, "close");
      for (let n = 0; n < 1_000 && socket.readyState === WebSocket.OPEN; n++) send(socket);
      // The library itself cuts off who does not wait for its answers.
      assert.ok([1013, 1006].includes((await closed)[0]));
    }
    await strict.close();
  });
}

test("a message in many small pieces is refused", async () => {
  const socket = await open(api.url);
  const closed = once(socket, "close");
  for (let n = 0; n < 300; n++) socket.send("", { fin: false });
  assert.is((await closed)[0], 1008);
});

test.run();
