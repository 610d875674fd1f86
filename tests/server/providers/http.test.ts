// The shared call wrapper: how many at once, how long, how much, what becomes of an abort, and what Retry-After says.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError, StewardError } from "steward/errors";
import { createLimit } from "steward/limit";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createHttp, ProviderTrouble, retryAfter } from "../../../server/providers/http.ts";

let answer: (response: ServerResponse, path: string) => void = (response) => response.end("ok");
const agents = new Set<string | undefined>();
let inFlight = 0;
let most = 0;
const server = createServer((request, response) => {
  most = Math.max(most, ++inFlight);
  response.once("close", () => inFlight--);
  agents.add(request.headers["user-agent"]);
  answer(response, request.url ?? "");
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const codes = {
  unreachable: "ST501",
  throttled: "ST502",
  unavailable: "ST503",
  late: "ST504",
  unreadable: "ST505",
} as const;
const http = createHttp({ codes, maxInFlight: 3, timeoutMs: 300, maxBodyBytes: 1000 });
const ctx = (signal: AbortSignal = new AbortController().signal) => ({ signal, guard: () => {} });
const send = (changes: boolean, signal?: AbortSignal) =>
  http.send({ method: changes ? "POST" : "GET", url: `${base}/x`, changes }, ctx(signal));
const troubleOf = (promise: Promise<unknown>): Promise<ProviderTrouble> =>
  promise.then(
    () => Promise.reject(new Error("no error")),
    (error) => (error instanceof ProviderTrouble ? error : Promise.reject(error)),
  );

const test = suite("provider calls");
test.after(() => {
  server.close();
  server.closeAllConnections();
});

test("no more than the bound are under way at once, and all get their turn", async () => {
  answer = (response) => setTimeout(() => response.end("ok"), 10);
  const answers = await Promise.all(Array.from({ length: 12 }, () => send(false)));
  assert.ok(answers.every(({ status, text }) => status === 200 && text === "ok"));
  assert.is(most, 3);
  assert.equal(
    [...agents].map((agent) => agent?.replace(/\d.*/, "N")),
    ["Steward/N"],
  );
});

test("a lease that is lost while the connection is made sends nothing", async () => {
  let seen = 0;
  answer = (response) => {
    seen++;
    response.end("ok");
  };
  server.closeAllConnections();
  let asked = 0;
  const guard = () => {
    if (++asked > 1) throw new EngineError("ST404");
  };
  const request = { method: "POST", url: `${base}/x`, body: "{}", changes: true };
  const error = await http.send(request, { ...ctx(), guard }).catch((reason: unknown) => reason);
  assert.instance(error, StewardError);
  assert.is((error as StewardError).code, "ST404");
  assert.equal([asked, seen], [2, 0]);
});

test("statuses are answers, but for 429, 502, 503 and 504", async () => {
  for (const status of [204, 302, 400, 401, 404, 409, 500]) {
    answer = (response) => response.writeHead(status, { Location: "/elsewhere" }).end();
    assert.is((await send(true)).status, status);
  }
  const expected = { 429: ["ST502", false], 502: ["ST503", true], 503: ["ST503", false], 504: ["ST503", true] };
  for (const [status, [code, mayHaveHappened]] of Object.entries(expected)) {
    answer = (response) => response.writeHead(Number(status), { "Retry-After": "3" }).end();
    const trouble = await troubleOf(send(true));
    assert.equal([trouble.code, trouble.mayHaveHappened, trouble.retryAfterMs], [code, mayHaveHappened, 3000]);
    assert.is((await troubleOf(send(false))).mayHaveHappened, false);
  }
});

test("no answer in time, a cut connection, an endless answer", async () => {
  answer = () => {};
  assert.equal(await troubleOf(send(true)).then(({ code, mayHaveHappened }) => [code, mayHaveHappened]), [
    "ST504",
    true,
  ]);
  answer = (response) => response.destroy();
  assert.equal(await troubleOf(send(true)).then(({ code, mayHaveHappened }) => [code, mayHaveHappened]), [
    "ST501",
    true,
  ]);
  answer = (response) => {
    const more = setInterval(() => response.write("x".repeat(500)), 1);
    response.once("close", () => clearInterval(more));
  };
  assert.is((await troubleOf(send(false))).code, "ST505");
});

test("a refused connection cannot have done anything", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, "close");
  const nobody = http.send({ method: "POST", url: `http://127.0.0.1:${port}/`, changes: true }, ctx());
  assert.equal(await troubleOf(nobody).then(({ code, mayHaveHappened }) => [code, mayHaveHappened]), ["ST501", false]);
});

test("an abort ends the call with its reason, also while it waits for its turn", async () => {
  answer = () => {};
  const stop = new AbortController();
  const reason = new Error("enough");
  const calls = Array.from({ length: 5 }, () => send(false, stop.signal).catch((error: unknown) => error));
  while (inFlight < 3) await sleep(5);
  stop.abort(reason);
  for (const outcome of await Promise.all(calls)) assert.is(outcome, reason);
  answer = (response) => response.end("ok");
  assert.is((await send(false)).text, "ok");
});

test("guard is asked before what changes something, and only then", async () => {
  answer = (response) => response.end("ok");
  const refusal = new Error("lost");
  const guarded = {
    signal: new AbortController().signal,
    guard: () => {
      throw refusal;
    },
  };
  assert.is((await http.send({ method: "GET", url: base, changes: false }, guarded)).status, 200);
  const error = await http
    .send({ method: "POST", url: base, changes: true }, guarded)
    .catch((thrown: unknown) => thrown);
  assert.is(error, refusal);
});

test("Retry-After: seconds, a date by the provider's own clock, nonsense, never more than an hour", () => {
  const read = (value: string) =>
    retryAfter(new Headers({ "Retry-After": value, Date: "Thu, 01 Jan 2026 00:00:00 GMT" }));
  assert.is(read("120"), 120_000);
  for (const none of ["0", "-5", "1.5", "0.0"]) assert.is(read(none), undefined, none);
  assert.is(read("Thu, 01 Jan 2026 00:01:00 GMT"), 60_000);
  assert.is(read("Thu, 01 Jan 2015 00:00:00 GMT"), undefined);
  assert.is(read("Fri, 31 Dec 9999 23:59:59 GMT"), 3_600_000);
  assert.is(read("999999"), 3_600_000);
  assert.is(read("soon"), undefined);
  assert.is(retryAfter(new Headers()), undefined);
  assert.is(retryAfter(new Headers({ "Retry-After": "Thu, 01 Jan 2026 00:01:00 GMT" })), undefined);
});

test("a limit hands its places on in order, also after failures", async () => {
  const limit = createLimit(1);
  const order: number[] = [];
  const signal = new AbortController().signal;
  const tasks = [1, 2, 3].map((n) =>
    limit(signal, async () => {
      order.push(n);
      await sleep(1);
      if (n === 1) throw new Error("fails");
    }).catch(() => {}),
  );
  await Promise.all(tasks);
  assert.equal(order, [1, 2, 3]);
});

test("a server whose certificate a named authority has signed is trusted, and no other", async () => {
  const [key, cert] = selfSigned();
  const secure = createSecureServer({ key, cert }, (_, response) => response.end("ok"));
  secure.listen(0, "127.0.0.1");
  await once(secure, "listening");
  const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`;
  try {
    for (const changes of [false, true]) {
      const request = { method: "GET", url, changes };
      assert.is((await createHttp({ codes, ca: cert }).send(request, ctx())).text, "ok");
      assert.is((await troubleOf(http.send(request, ctx()))).code, "ST501");
    }
  } finally {
    secure.close();
    secure.closeAllConnections();
  }
});

test.run();

/** A key, and a certificate for 127.0.0.1. */
function selfSigned(): [string, string] {
  const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -keyout -";
  const pem = execFileSync("openssl", [...request.split(" "), "-addext", "subjectAltName=IP:127.0.0.1"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [key = "", cert = ""] = pem.match(/-----BEGIN [^]+?-----END [^\n]+/g) ?? [];
  return [key, cert];
}
