// The embedded drive has the traps of the real one, as they were seen on a Nextcloud 32.0.1, and keeps its state through a kill -9.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { setImmediate } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { newAccount } from "../providers/calls.ts";
import { client, loginOf, openEmbedded } from "../providers/nextcloud-target.ts";

const target = await openEmbedded();
const { admin, drive } = target;
const { ocs, dav, send, paths } = client(target.url);
const SKELETON_ENTRIES = 67;

const test = suite("embedded drive");
test.before.each(() => {
  drive.faults.clear();
  drive.faults.forgetLimits();
  drive.faults.setLatency({ min: 0, max: 0 });
});
test.after(() => target.close());

/** Makes an account the plain way, with more or other values than the usual. */
async function make(more: Record<string, unknown> = {}) {
  const user = newAccount();
  const answer = await ocs(admin, "POST", "/cloud/users", {
    userid: user.externalId,
    password: user.password,
    ...more,
  });
  return { id: user.externalId, login: loginOf(user), answer };
}
const codeOf = async (call: ReturnType<typeof ocs>) => {
  const { status, code } = await call;
  return [status, code];
};

test("create: done, and each refusal with its own number", async () => {
  const { id, answer } = await make({ displayName: "U", email: "not an address", quota: "1 GB" });
  assert.equal([answer.status, answer.code, answer.data], [200, 200, { id }]);
  const refusals: [Record<string, unknown>, number][] = [
    [{ userid: id }, 102],
    [{ userid: id.toUpperCase() }, 102],
    [{ password: "short" }, 107],
    [{ password: "1234567890" }, 107],
    [{ password: "" }, 108],
    [{ userid: "a/b" }, 101],
    [{ userid: "ünicode" }, 101],
    [{ userid: "" }, 101],
    [{ userid: " x" }, 101],
    [{ userid: ".." }, 101],
    [{ userid: "x".repeat(65) }, 101],
    [{ groups: ["nope"] }, 104],
  ];
  for (const [more, code] of refusals) {
    const { answer: refused } = await make(more);
    assert.equal([refused.status, refused.code], [400, code], JSON.stringify(more));
  }
});

test("a bad quota is refused, and the account is there, without one", async () => {
  const { id, answer } = await make({ quota: "lots" });
  assert.equal([answer.code, answer.message], [101, "Invalid quota value: lots"]);
  assert.is((await ocs(admin, "GET", `/cloud/users/${id}`)).data.quota.quota, -3);
});

test("eight creations at once: one is done, the others say 102 or 101", async () => {
  const { externalId: userid, password } = newAccount();
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => ocs(admin, "POST", "/cloud/users", { userid, password })),
  );
  assert.is(answers.filter(({ code }) => code === 200).length, 1);
  assert.ok(answers.every(({ code }) => [200, 101, 102].includes(code)));
});

test("missing accounts: another number for each call", async () => {
  assert.equal(await codeOf(ocs(admin, "GET", "/cloud/users/nobody")), [404, 404]);
  assert.equal(await codeOf(ocs(admin, "DELETE", "/cloud/users/nobody")), [404, 998]);
  assert.equal(await codeOf(ocs(admin, "PUT", "/cloud/users/nobody", { key: "quota", value: "1 GB" })), [404, 998]);
  assert.equal(await codeOf(ocs(admin, "PUT", "/cloud/users/nobody/disable")), [400, 101]);
  assert.equal(await codeOf(ocs(admin, "DELETE", "/cloud/users/admin")), [400, 101]);
});

test("edits: what is taken and what is not; version 1 answers 200 to everything", async () => {
  const { id } = await make();
  const edit = (key: string, value: string, version = 2) =>
    ocs(admin, "PUT", `/cloud/users/${id}`, { key, value }, version);
  for (const value of ["2GB", "none", "5368709120"]) assert.equal(await codeOf(edit("quota", value)), [200, 200]);
  assert.is((await ocs(admin, "GET", `/cloud/users/${id}`)).data.quota.quota, 5368709120);
  assert.equal(await codeOf(edit("quota", "lots")), [400, 101]);
  assert.equal(await codeOf(edit("password", "short")), [400, 107]);
  assert.equal(await codeOf(edit("shoe size", "42")), [400, 113]);
  assert.equal(await codeOf(edit("quota", "1 GB", 1)), [200, 100]);
  assert.equal(await codeOf(edit("quota", "lots", 1)), [200, 101]);
});

test("the 51st edit in ten minutes is an empty 429; creating and enabling go on", async () => {
  const { id } = await make();
  const edit = () => ocs(admin, "PUT", `/cloud/users/${id}`, { key: "quota", value: "1 GB" });
  for (let edits = 0; edits < 50; edits++) assert.is((await edit()).status, 200);
  const refused = await edit();
  assert.equal([refused.status, refused.text, refused.headers.get("retry-after")], [429, "", null]);
  assert.is((await make()).answer.code, 200);
  assert.equal(await codeOf(ocs(admin, "PUT", `/cloud/users/${id}/enable`)), [200, 200]);
});

test("logins: none, wrong, without the header, not an administrator, disabled", async () => {
  const { id, login } = await make();
  assert.equal(await codeOf(ocs(null, "GET", "/cloud/user")), [401, 997]);
  assert.equal(await codeOf(ocs({ ...login, password: "wrong" }, "GET", "/cloud/user")), [401, 997]);
  const bare = await send(admin, "GET", "/ocs/v2.php/cloud/users?format=json");
  assert.equal([bare.status, bare.text], [412, '{"message":"CSRF check failed"}']);
  assert.equal(await codeOf(ocs(login, "POST", "/cloud/users", { userid: "x" })), [403, 403]);
  await ocs(admin, "PUT", `/cloud/users/${id}/disable`);
  assert.equal(await codeOf(ocs(login, "GET", "/cloud/user")), [401, 997]);
  const disabled = await dav(login, "PROPFIND", "");
  assert.is(disabled.status, 503);
  assert.match(disabled.text, "Account disabled");
});

test("after more than ten wrong logins right ones are refused as well, and not for ever", async () => {
  for (let logins = 0; logins < 11; logins++) {
    assert.equal(await codeOf(ocs({ user: "admin", password: `wrong ${logins}` }, "GET", "/cloud/user")), [401, 997]);
  }
  assert.equal(await codeOf(ocs(admin, "GET", "/cloud/user")), [429, 429]);
  assert.equal(await codeOf(ocs(admin, "GET", "/cloud/user", undefined, 1)), [200, 429]);
  assert.is((await dav(admin, "PROPFIND", "")).status, 429);
  drive.faults.forgetLimits();
  assert.equal(await codeOf(ocs(admin, "GET", "/cloud/user")), [200, 200]);
});

test("files appear with the account's own first request, once, also when eight come at once", async () => {
  const { id, login } = await make();
  await ocs(admin, "GET", `/cloud/users/${id}`);
  assert.equal(drive.state().find((account) => account.id === id)?.files, []);
  await Promise.all(Array.from({ length: 8 }, () => dav(login, "PROPFIND", "", { headers: { Depth: "0" } })));
  assert.is((await paths(login)).length, SKELETON_ENTRIES);
  assert.is((await paths(login, login.user, "1")).length, 9);
});

test("nobody else sees anything in a home, and nobody says so", async () => {
  const { login } = await make();
  await paths(login);
  assert.equal(await paths(admin, login.user), []);
  assert.is((await dav(admin, "DELETE", "Readme.md", { owner: login.user })).status, 404);
  assert.is((await dav(admin, "PROPFIND", "", { owner: "nobody" })).status, 404);
  assert.is((await paths(login)).length, SKELETON_ENTRIES);
});

test("deletions: file, folder, again, the home; past the trash only with the header", async () => {
  const { id, login } = await make();
  const remove = async (path: string, headers = {}) => (await dav(login, "DELETE", path, { headers })).status;
  assert.is(await remove("Readme.md"), 204);
  assert.is(await remove("Readme.md"), 404);
  assert.is(await remove("Templates/", { "X-NC-Skip-Trashbin": "true" }), 204);
  assert.is(await remove("Templates/Diagram & table.ods"), 404);
  assert.is(await remove(""), 403);
  assert.equal(drive.state().find((account) => account.id === id)?.trashed, ["Readme.md"]);
});

test("a folder is locked while something in it is being deleted, and stays", async () => {
  const { login } = await make();
  await paths(login);
  const before = drive.counts.get("DELETE /remote.php/dav/files/") ?? 0;
  const removing = dav(login, "DELETE", "Photos/Frog.jpg");
  while ((drive.counts.get("DELETE /remote.php/dav/files/") ?? 0) === before) await setImmediate();
  const folder = await dav(login, "DELETE", "Photos");
  assert.equal([(await removing).status, folder.status], [204, 423]);
  assert.match(folder.text, "FileLocked");
  assert.is((await dav(login, "DELETE", "Photos")).status, 204);
});

test("names of all kinds come back as they were given", async () => {
  const { login } = await make();
  const names = ["100%25 & <more>.txt", "Mother's day (1).odt", "ünï — ✓.md", "a#b?c.txt", "2024.10"];
  for (const name of names) assert.is((await dav(login, "PUT", name, { body: name })).status, 201);
  for (const name of names) assert.is((await dav(login, "GET", name)).text, name);
  const listed = await paths(login);
  for (const name of names) assert.ok(listed.includes(name), name);
});

test("app passwords: one more each time, work everywhere, not for another, revoked at once", async () => {
  const { id, login } = await make();
  const take = async () => (await ocs(login, "GET", "/core/getapppassword")).data.apppassword as string;
  const app = { user: id, password: await take() };
  await take();
  assert.is(app.password.length, 72);
  assert.is((await dav(app, "PROPFIND", "")).status, 207);
  assert.equal(await codeOf(ocs(app, "GET", "/core/getapppassword")), [403, 403]);
  const rotated = { user: id, password: (await ocs(app, "POST", "/core/apppassword/rotate")).data.apppassword };
  assert.is((await dav(app, "PROPFIND", "")).status, 401);
  assert.equal(await codeOf(ocs(rotated, "DELETE", "/core/apppassword")), [200, 200]);
  assert.is((await dav(rotated, "PROPFIND", "")).status, 401);
  assert.is(drive.state().find((account) => account.id === id)?.appPasswords, 1);
});

test("maintenance: 503, with the header by OCS, without by WebDAV; the status page stays", async () => {
  drive.faults.setMaintenance(true);
  const byOcs = await ocs(admin, "GET", "/cloud/users");
  assert.equal([byOcs.status, byOcs.code, byOcs.headers.get("x-nextcloud-maintenance-mode")], [503, 503, "1"]);
  const byDav = await dav(admin, "PROPFIND", "");
  assert.equal([byDav.status, byDav.headers.get("x-nextcloud-maintenance-mode")], [503, null]);
  assert.match((await send(null, "GET", "/status.php")).text, '"maintenance":true');
});

test("trouble can be ordered over HTTP too, with the administrator's password", async () => {
  const headers = { "x-admin-password": admin.password };
  const order = (method: string, path: string, body: unknown) =>
    send(null, method, path, { headers, body: JSON.stringify(body) });
  assert.is((await send(null, "GET", "/_admin/state")).status, 401);
  assert.is((await order("POST", "/_admin/faults", { kind: "nonsense" })).status, 400);
  assert.is((await order("POST", "/_admin/faults", { kind: "throttle", retryAfterSeconds: 9 })).status, 200);
  const throttled = await ocs(admin, "GET", "/cloud/user");
  assert.equal([throttled.status, throttled.headers.get("retry-after")], [429, "9"]);
  assert.is((await order("PUT", "/_admin/down", { ms: 50 })).status, 200);
  while (
    await ocs(admin, "GET", "/cloud/user").then(
      () => true,
      () => false,
    )
  );
  while (
    !(await ocs(admin, "GET", "/cloud/user").then(
      () => true,
      () => false,
    ))
  );
  const { text } = await send(null, "GET", "/_admin/state", { headers });
  assert.not.match(text, admin.password);
});

test("after a kill -9 everything that was answered is still there, on the same address with the same password", async () => {
  const dir = await mkdtemp(join(tmpdir(), "steward-drive-"));
  const program = new URL("drive-process.ts", import.meta.url).pathname;
  const run = async (port: string) => {
    const child = spawn(process.execPath, [program, dir, port], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(createInterface(child.stdout), "line");
    return { child, ...(JSON.parse(line) as { url: string; adminPassword: string }) };
  };
  const first = await run("0");
  const login = { user: "admin", password: first.adminPassword };
  const user = newAccount();
  await client(first.url).ocs(login, "POST", "/cloud/users", { userid: user.externalId, password: user.password });
  await client(first.url).dav(loginOf(user), "PUT", "mine.txt", { body: "kept" });
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  const second = await run(new URL(first.url).port);
  assert.equal([second.url, second.adminPassword], [first.url, first.adminPassword]);
  assert.is((await client(second.url).dav(loginOf(user), "GET", "mine.txt")).text, "kept");
  second.child.kill("SIGKILL");
  await once(second.child, "exit");
  await rm(dir, { recursive: true });
});

test.run();
