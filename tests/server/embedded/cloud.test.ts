// The embedded cloud: it answers as a real Keystone does, forgets nothing when killed, and makes trouble when asked to.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type EmbeddedCloud, startCloud } from "../../../server/embedded/cloud/index.ts";
import { type RawKeystone, signInRaw } from "../providers/raw-keystone.ts";
import { converse } from "./cloud-conversation.ts";

const test = suite("embedded cloud");
let dir: string;
let cloud: EmbeddedCloud;
let raw: RawKeystone;

const open = async () => {
  cloud = await startCloud({ dir, latency: { min: 0, max: 0 } });
  raw = await signInRaw({ ...cloud, name: cloud.regionName, authUrl: cloud.url });
};
test.before.each(async () => {
  dir = mkdtempSync(join(tmpdir(), "steward-cloud-"));
  await open();
});
test.after.each(async () => {
  await cloud.close();
  rmSync(dir, { recursive: true });
});

const create = (name: string) => raw.ask("POST", "/users", { user: { name, domain_id: "default" } });

test("a whole conversation goes as it went with a real Keystone", async () => {
  const recorded: unknown = JSON.parse(readFileSync(new URL("cloud-answers.json", import.meta.url), "utf8"));
  assert.equal(await converse(raw), recorded);
});

test("started again, it is all there, with the same login; a line that was cut short is left out", async () => {
  await create("first");
  await create("second");
  const before = cloud.state();
  const { password } = cloud;
  await cloud.close();
  appendFileSync(join(dir, "journal.jsonl"), '["users","00000000000000000000000000000000",{"id":"0000');
  await open();
  assert.equal(cloud.state(), before);
  assert.is(cloud.password, password);
  await create("third");
  assert.is((await create("first")).status, 409);
  await cloud.close();
  await open();
  assert.is(cloud.state().users.length, before.users.length + 1);
});

test("killed with -9 it has lost nothing that it had answered", async () => {
  const own = mkdtempSync(join(tmpdir(), "steward-cloud-"));
  const child = await startChild(own);
  const answered: string[] = [];
  const url = child.url;
  const other = await signInRaw({ ...cloud, ...child.login, name: "R", authUrl: url });
  const write = async () => {
    for (let n = 0; ; n++) {
      const name = `user-${n}`;
      await other.ask("POST", "/users", { user: { name, domain_id: "default" } });
      answered.push(name);
      if (n === 200) child.process.kill("SIGKILL");
    }
  };
  await write().catch(() => {});
  await child.ended;
  const again = await startCloud({ dir: own });
  const names = new Set(again.state().users.map((user) => user.name));
  await again.close();
  rmSync(own, { recursive: true });
  assert.ok(answered.length >= 200);
  assert.equal(
    answered.filter((name) => !names.has(name)),
    [],
  );
});

test("each fault does what it says, as often as it says", async () => {
  const { faults } = cloud;
  const exists = (name: string) => cloud.state().users.some((user) => user.name === name);
  faults.add({ kind: "fail", times: 2 });
  assert.is((await create("a")).status, 500);
  assert.is((await create("a")).status, 500);
  assert.is((await create("a")).status, 201);
  faults.add({ kind: "drop" });
  await cutOff(create("b"));
  assert.is(exists("b"), false);
  faults.add({ kind: "cut", method: "POST", path: "/users$" });
  assert.is((await raw.ask("GET", "/roles")).status, 200, "only what matches");
  await cutOff(create("b"));
  assert.is(exists("b"), true);
  faults.refuseNames(["c"]);
  assert.is((await create("c")).status, 400);
  faults.add({ kind: "throttle", forMs: 60_000 });
  assert.is((await create("d")).status, 429);
  assert.is((await create("d")).status, 429);
  faults.clear();
  assert.is((await create("c")).status, 201);
  faults.add({ kind: "late", ms: 80 });
  const began = performance.now();
  await create("e");
  assert.ok(performance.now() - began >= 75);
});

test("faults, counts and state over HTTP, for those who know the password", async () => {
  const base = new URL(cloud.url).origin;
  const admin = (method: string, path: string, body?: unknown, password = cloud.password) =>
    fetch(`${base}/_admin/${path}`, {
      method,
      headers: { "x-admin-password": password },
      body: body === undefined ? null : JSON.stringify(body),
    });
  assert.is((await admin("GET", "state", undefined, "wrong")).status, 401);
  assert.is((await admin("POST", "faults", { kind: "nonsense" })).status, 400);
  assert.is((await admin("GET", "nothing")).status, 404);
  assert.is((await admin("POST", "faults", { kind: "fail", status: 503, retryAfterSeconds: 3 })).status, 200);
  assert.is((await create("a")).status, 503);
  assert.is((await admin("PUT", "refused-names", ["a"])).status, 200);
  assert.is((await create("a")).status, 400);
  assert.is((await admin("DELETE", "faults")).status, 200);
  assert.is((await create("a")).status, 201);
  assert.is((await admin("PUT", "latency", { min: 60, max: 60 })).status, 200);
  const began = performance.now();
  await create("b");
  assert.ok(performance.now() - began >= 55);
  const text = await (await admin("GET", "state")).text();
  assert.match(text, '"name":"a"');
  assert.not.match(text, "secret");
  assert.match(await (await admin("GET", "counts")).text(), '"POST /users":4');
  assert.is((await admin("DELETE", "tokens")).status, 200);
  assert.is((await create("c")).status, 401);
});

async function cutOff(request: Promise<unknown>): Promise<void> {
  assert.ok((await request.catch((error: unknown) => error)) instanceof TypeError);
}

/** A cloud in a process of its own. */
async function startChild(own: string) {
  const module = new URL("../../../server/embedded/cloud/index.ts", import.meta.url).href;
  const script = `
    const { startCloud } = await import(${JSON.stringify(module)});
    const { url, username, password, projectName } = await startCloud({ dir: ${JSON.stringify(own)}, latency: { min: 0, max: 0 } });
    console.log(JSON.stringify({ url, login: { username, password, projectName } }));
  `;
  const process_: ChildProcess = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(process_, "exit");
  const [data] = await once(process_.stdout ?? process_, "data");
  const { url, login } = JSON.parse(String(data)) as {
    url: string;
    login: { username: string; password: string; projectName: string };
  };
  return { process: process_, ended, url, login };
}

test.run();
