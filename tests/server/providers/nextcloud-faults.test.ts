// Trouble that only a Nextcloud has: limits, maintenance by two protocols, half-made accounts, files that stay. The conformance suite has what
// every provider can be in. Only against the embedded drive, which can be told to be in trouble.
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createNextcloud, type NextcloudOptions } from "../../../server/providers/nextcloud/index.ts";
import { codeOf, context, errorOf, newAccount } from "./calls.ts";
import { client, loginOf, openEmbedded } from "./nextcloud-target.ts";

const target = await openEmbedded();
const { drive: embedded } = target;
const { ocs, paths } = client(target.url);
const connect = (changes: Partial<NextcloudOptions> = {}) =>
  createNextcloud({
    url: target.url,
    adminUser: target.admin.user,
    adminPassword: target.admin.password,
    quota: "1 GB",
    timeoutMs: 250,
    ...changes,
  });
const drive = connect();
/** Finds the drive quick, however busy the machine is. */
const patient = connect({ timeoutMs: 30_000 });
const GB = 1024 ** 3;
const CREATE = { method: "POST", path: "/cloud/users$" };
const LIST = "PROPFIND /remote.php/dav/files/";
const DELETE_FILE = { method: "DELETE", path: "/dav/files/" };

const test = suite("Nextcloud adapter in trouble");
test.before.each(() => {
  embedded.faults.clear();
  embedded.faults.forgetLimits();
  embedded.faults.setLatency({ min: 0, max: 2 });
  embedded.counts.clear();
});
test.after(() => target.close());

const stateOf = (id: string) => embedded.state().find((account) => account.id === id);
const requests = (key: string) => embedded.counts.get(key) ?? 0;
async function accountWithSkeleton() {
  const user = newAccount();
  await patient.ensureAccount(user, context());
  return user;
}

test("the connection is cut after the account was made: it is found and adopted, with its password, without an edit", async () => {
  embedded.faults.add({ kind: "cut", ...CREATE });
  const user = newAccount({ passwordIsNew: true });
  assert.is((await drive.ensureAccount(user, context())).adopted, true);
  assert.is(requests("PUT /ocs/v2.php/cloud/users/*"), 0);
  assert.is((await ocs(loginOf(user), "GET", "/cloud/user")).code, 200);
});

test("no clear answer, and the account was in use before: it gets the new password", async () => {
  const before = await accountWithSkeleton();
  await paths(loginOf(before));
  const user = { ...before, password: `Other-${before.password}`, passwordIsNew: true };
  embedded.faults.add({ kind: "fail", ...CREATE });
  assert.is((await drive.ensureAccount(user, context())).adopted, true);
  assert.is((await ocs(loginOf(user), "GET", "/cloud/user")).code, 200);
});

test("a server error half-way leaves an account without quota and name: repaired", async () => {
  for (const code of [101, 996] as const) {
    embedded.faults.halfMake({ code });
    const user = newAccount();
    assert.is((await drive.ensureAccount(user, context())).adopted, true);
    const { quota, displayName, email } = stateOf(user.externalId) ?? {};
    assert.equal({ quota, displayName, email }, { quota: GB, displayName: "Ada Lovelace", email: user.email });
  }
});

test("a server error without an effect: tried once more, then left for later", async () => {
  embedded.faults.add({ kind: "fail", ...CREATE });
  assert.is((await drive.ensureAccount(newAccount(), context())).adopted, false);
  embedded.faults.add({ kind: "fail", times: 2, ...CREATE });
  const error = await errorOf(drive.ensureAccount(newAccount(), context()));
  assert.equal([error.code, error.retry], ["ST505", "later"]);
});

test("maintenance is waited for, by OCS and WebDAV alike", async () => {
  const user = await accountWithSkeleton();
  embedded.faults.setMaintenance(true);
  assert.is(await codeOf(drive.ensureAccount(user, context())), "ST503");
  embedded.faults.setMaintenance(false);
  const starts = context({ guard: () => queueMicrotask(() => embedded.faults.setMaintenance(requests(LIST) > 0)) });
  const error = await errorOf(drive.removeSkeleton(user, starts));
  assert.equal([error.code, error.retry], ["ST503", "wait"]);
});

test("throttled without a word for how long: waited for some minutes", async () => {
  embedded.faults.add({ kind: "throttle" });
  const silent = await errorOf(drive.ensureAccount(newAccount(), context()));
  assert.equal([silent.code, silent.retryAfterMs], ["ST502", 120_000]);
});

test("the limit on edits stops repairs for some minutes, and nothing else", async () => {
  const busy = newAccount();
  await drive.ensureAccount(busy, context());
  const edit = () => ocs(target.admin, "PUT", `/cloud/users/${busy.externalId}`, { key: "quota", value: "1 GB" });
  for (let edits = 0; edits < 50; edits++) assert.is((await edit()).status, 200);
  embedded.faults.halfMake({ code: 101 });
  const half = newAccount();
  const error = await errorOf(drive.ensureAccount(half, context()));
  assert.equal([error.code, error.retry, error.retryAfterMs], ["ST514", "defer", 120_000]);
  assert.is((await drive.ensureAccount(newAccount(), context())).adopted, false);
  embedded.faults.forgetLimits();
  assert.is(await codeOf(drive.ensureAccount(half, context())), "ST514"); // not asked again yet
  await connect().ensureAccount(half, context());
  assert.is(stateOf(half.externalId)?.quota, GB);
});

test("an account that waits for its change is asked for once", async () => {
  const stranger = newAccount();
  assert.is(
    (await ocs(target.admin, "POST", "/cloud/users", { userid: stranger.externalId, password: "a stranger's" })).code,
    200,
  );
  const busy = connect({ timeoutMs: 30_000, editBudget: { edits: 1, windowMs: 600_000 } });
  let isThere = false;
  const onFound = async () => {
    isThere = true;
  };
  const adopt = () => busy.ensureAccount({ ...stranger, passwordIsNew: true, isThere, onFound }, context());
  embedded.counts.clear();
  for (let attempts = 0; attempts < 4; attempts++) assert.is(await codeOf(adopt()), "ST514");
  assert.equal(
    [requests("POST /ocs/v2.php/cloud/users"), requests("GET /ocs/v2.php/cloud/users/*"), isThere],
    [1, 4, true],
  );
  // One that is gone by then is asked for again.
  await ocs(target.admin, "DELETE", `/cloud/users/${stranger.externalId}`);
  assert.is((await adopt()).adopted, false);
});

test("once the administrator's login was accepted, calls go side by side", async () => {
  embedded.faults.setLatency({ min: 100, max: 100 });
  const fresh = connect({});
  let [underWay, most] = [0, 0];
  const guard = () => {
    most = Math.max(most, ++underWay);
  };
  await Promise.all(
    Array.from({ length: 8 }, () =>
      fresh.ensureAccount(newAccount(), { ...context(), guard }).finally(() => underWay--),
    ),
  );
  assert.ok(most > 4);
});

test("a wrong password of the account ends the cleanup for good, after one login", async () => {
  const user = await accountWithSkeleton();
  embedded.counts.clear();
  const error = await errorOf(drive.removeSkeleton({ ...user, password: "something else" }, context()));
  assert.equal([error.code, error.retry], ["ST507", "never"]);
  assert.is(requests(LIST), 1);
  assert.not.match(`${error.message} ${String(error.cause)}`, "something else");
});

test("wrong passwords of many accounts lock nobody out: one is tried at a time, and after three the others wait", async () => {
  const users = await Promise.all(Array.from({ length: 12 }, accountWithSkeleton));
  embedded.counts.clear();
  const fresh = connect({ timeoutMs: 30_000 });
  const codes = await Promise.all(
    users.map((user) => codeOf(fresh.removeSkeleton({ ...user, password: "something else" }, context()))),
  );
  assert.equal(codes.toSorted(), [...Array(3).fill("ST507"), ...Array(9).fill("ST516")]);
  assert.is(requests(LIST), 3);
  assert.is((await fresh.ensureAccount(newAccount(), context())).adopted, false); // the administrator's calls go on
});

test("a cleanup is ten requests where the home is new, thirteen where it may be large, and takes no app password", async () => {
  for (const [isUnused, lists] of [
    [true, 1],
    [false, 4],
  ] as const) {
    const user = await accountWithSkeleton();
    embedded.counts.clear();
    assert.is(await patient.removeSkeleton({ ...user, isUnused }, context()), 64);
    assert.equal(Object.fromEntries(embedded.counts), { [LIST]: lists, "DELETE /remote.php/dav/files/": 9 });
  }
});

test("a drive that answers slowly is given one request of a cleanup at a time", async () => {
  const user = await accountWithSkeleton();
  embedded.faults.setLatency({ min: 60, max: 60 });
  let atFirst = 0;
  const progress = (removed: number) => {
    if (removed > 0) atFirst ||= requests("DELETE /remote.php/dav/files/");
  };
  await drive.removeSkeleton({ ...user, isUnused: true }, context(), progress);
  assert.is(atFirst, 1);
});

test("an account that an earlier attempt asked for is looked for first, and keeps the password that it was made with", async () => {
  let sent = 0;
  const user = newAccount({ passwordIsNew: true, onPasswordSent: async () => void sent++ });
  embedded.faults.add({ kind: "late", ms: 400, ...CREATE });
  embedded.faults.add({ kind: "hang", method: "GET", path: "/cloud/users/" });
  assert.is(await codeOf(drive.ensureAccount(user, context())), "ST504");
  assert.is(sent, 1);
  embedded.counts.clear();
  const made = await patient.ensureAccount({ ...user, passwordIsSent: true }, context());
  assert.equal([made.adopted, made.isUnused], [true, true]);
  assert.equal(Object.fromEntries(embedded.counts), { "GET /ocs/v2.php/cloud/users/*": 1 });
  assert.is((await ocs(loginOf(user), "GET", "/cloud/user")).code, 200);
});

test("an account that is not just as it was asked for is somebody else's until it has the new password", async () => {
  const before = await accountWithSkeleton();
  const user = { ...before, password: `Other-${before.password}`, displayName: "Eve", passwordIsNew: true };
  await connect({ timeoutMs: 30_000 }).ensureAccount({ ...user, passwordIsSent: true }, context());
  assert.is((await ocs(loginOf(user), "GET", "/cloud/user")).code, 200);
});

test("an account that is just as it was asked for may be left over from a user with the same id, and gets the new password", async () => {
  const before = await accountWithSkeleton();
  const user = { ...before, password: `Other-${before.password}`, passwordIsNew: true, passwordIsSent: true };
  await connect({ timeoutMs: 30_000 }).ensureAccount({ ...user, mayBeLeftOver: true }, context());
  assert.is((await ocs(loginOf(user), "GET", "/cloud/user")).code, 200);
});

test("locked out for wrong logins of others: waited for, by minutes", async () => {
  for (let logins = 0; logins < 12; logins++)
    await ocs({ user: "admin", password: `wrong ${logins}` }, "GET", "/cloud/user");
  const error = await errorOf(drive.ensureAccount(newAccount(), context()));
  assert.equal([error.code, error.retry, error.retryAfterMs], ["ST502", "wait", 120_000]);
});

test("at most eight deletions at once, only of what is directly in the home, past the trash", async () => {
  const user = await accountWithSkeleton();
  embedded.faults.setLatency({ min: 10, max: 20 });
  assert.is(await patient.removeSkeleton(user, context()), 64);
  assert.is(embedded.mostDeletesAtOnce(), 8);
  assert.is(requests("DELETE /remote.php/dav/files/"), 9);
  assert.equal(stateOf(user.externalId)?.trashed, []);
});

test("once a login was accepted, cleanups go side by side", async () => {
  const fresh = connect({ timeoutMs: 30_000 });
  await fresh.removeSkeleton(await accountWithSkeleton(), context());
  const users = await Promise.all([accountWithSkeleton(), accountWithSkeleton()]);
  embedded.faults.add({ kind: "late", ms: 300, times: 2, method: "PROPFIND" });
  embedded.counts.clear();
  const both = users.map((user) => fresh.removeSkeleton(user, context()));
  while (requests(LIST) < 2) await sleep(5);
  assert.is(requests("DELETE /remote.php/dav/files/"), 0);
  await Promise.all(both);
});

test("a cut connection after a deletion: counted all the same", async () => {
  const user = await accountWithSkeleton();
  embedded.faults.add({ kind: "cut", times: 2, ...DELETE_FILE });
  assert.is(await patient.removeSkeleton(user, context()), 64);
  assert.equal(await paths(loginOf(user)), []);
});

test("the drive fails in the middle of the cleanup: waited for, the rest done later", async () => {
  const user = await accountWithSkeleton();
  embedded.faults.add({ kind: "fail", status: 503, times: 1, ...DELETE_FILE });
  let before = 0;
  const progress = (removed: number) => {
    before = removed;
  };
  assert.is(await codeOf(drive.removeSkeleton(user, context(), progress)), "ST503");
  assert.is(before + (await drive.removeSkeleton(user, context())), 64);
});

test("locked files are tried again; if they stay locked, later", async () => {
  const user = await accountWithSkeleton();
  embedded.faults.add({ kind: "fail", status: 423, times: 3, ...DELETE_FILE });
  assert.is(await drive.removeSkeleton(user, context()), 64);
  const stuck = await accountWithSkeleton();
  embedded.faults.add({ kind: "fail", status: 423, times: 1000, ...DELETE_FILE });
  assert.is(await codeOf(drive.removeSkeleton(stuck, context())), "ST511");
});

test("'not found' for what is still listed is not taken for success", async () => {
  const user = await accountWithSkeleton();
  embedded.faults.add({ kind: "fail", status: 404, ...DELETE_FILE });
  assert.is(await codeOf(drive.removeSkeleton(user, context())), "ST505");
});

test("an account disabled during its cleanup is not waited for", async () => {
  const user = await accountWithSkeleton();
  embedded.faults.add({ kind: "late", ms: 100, method: "PROPFIND" });
  const cleanup = codeOf(drive.removeSkeleton(user, context()));
  while (requests(LIST) === 0) await sleep(5);
  await ocs(target.admin, "PUT", `/cloud/users/${user.externalId}/disable`);
  assert.is(await cleanup, "ST508");
});

test("an aborted cleanup ends with the signal's reason, begins nothing further", async () => {
  const user = await accountWithSkeleton();
  embedded.faults.setLatency({ min: 20, max: 30 });
  const stop = new AbortController();
  const reason = new Error("shutting down");
  const cleanup = drive.removeSkeleton(
    user,
    context({ signal: stop.signal }),
    (removed) => removed > 0 && stop.abort(reason),
  );
  assert.is(await cleanup.catch((error: unknown) => error), reason);
  assert.ok(requests("DELETE /remote.php/dav/files/") <= 10);
});

test.run();
