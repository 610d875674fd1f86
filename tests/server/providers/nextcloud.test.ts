// What is Nextcloud's own at its adapter: quotas, the skeleton, who signed in. All else is the conformance suite's. Runs against the
// embedded drive, or against a real Nextcloud (NEXTCLOUD_URL, NEXTCLOUD_ADMIN_USER, NEXTCLOUD_ADMIN_PASSWORD), whose accounts it removes again.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type DriveAccount, type DriveLogin, externalIdFor } from "../../../server/providers/drive.ts";
import { createNextcloud } from "../../../server/providers/nextcloud/index.ts";
import { codeOf, context, newAccount } from "./calls.ts";
import { client, loginOf, openTarget } from "./nextcloud-target.ts";

const target = await openTarget();
const { ocs, dav, paths } = client(target.url);
const drive = createNextcloud({
  url: `${target.url}/`,
  adminUser: target.admin.user,
  adminPassword: target.admin.password,
  quota: "1 GB",
});
const made: string[] = [];
const GB = 1024 ** 3;

const test = suite("Nextcloud adapter");
test.after(async () => {
  for (const id of made) await ocs(target.admin, "DELETE", `/cloud/users/${id}`);
  await target.close();
});

/** An account to use in one test, removed in the end. */
function account(changes: Partial<DriveAccount & DriveLogin> = {}): DriveAccount & DriveLogin {
  const fresh = newAccount(changes);
  made.push(fresh.externalId);
  return fresh;
}
const find = async (id: string) => (await ocs(target.admin, "GET", `/cloud/users/${id}`)).data;
const make = (user: DriveAccount, more: Record<string, unknown> = {}) =>
  ocs(target.admin, "POST", "/cloud/users", { userid: user.externalId, password: user.password, ...more });
const put = (user: DriveAccount, path: string, body: string, headers: Record<string, string> = {}) =>
  dav(loginOf(user), "PUT", path, { body, headers });

test("external ids: the user's id, in allowed letters, at most 64, never the same for two", () => {
  assert.is(externalIdFor("0b3c5f1e-8a52-4d7e-9a55-0d9d2a0f7b11"), "sd_0b3c5f1e-8a52-4d7e-9a55-0d9d2a0f7b11");
  const odd = ["Ada", "ada", "äda", "ada/../x", `${"x".repeat(70)}1`, `${"x".repeat(70)}2`].map(externalIdFor);
  assert.is(new Set(odd).size, odd.length);
  for (const id of odd) assert.match(id, /^sd_[a-z0-9_.@-]{1,61}$/);
});

test("a long display name is cut, and differs in nothing then, also where the cut leaves a blank", async () => {
  const user = account({ displayName: `${"A\u0301da ".repeat(12)}abc Lovelace` });
  assert.is([...user.displayName][63], " ");
  await drive.ensureAccount(user, context());
  assert.equal(await drive.compareAccount(user, context()), []);
});

test("an account is made with its quota, and a half-made one is repaired: quota, name, e-mail", async () => {
  const whole = account();
  await drive.ensureAccount(whole, context());
  assert.is((await find(whole.externalId)).quota.quota, GB);
  const user = account();
  const half = await make(user, { quota: "lots" });
  assert.is(half.code, 101);
  assert.is((await drive.ensureAccount(user, context())).adopted, true);
  const { quota, displayname, email, enabled } = await find(user.externalId);
  assert.equal(
    { quota: quota.quota, displayname, email, enabled },
    { quota: GB, displayname: "Ada Lovelace", email: user.email, enabled: true },
  );
});

test("names of any length and letters are taken; none at all is the id", async () => {
  const long = account({ displayName: `Zoë & "${"x".repeat(80)}"`, email: null });
  const none = account({ displayName: "  " });
  await drive.ensureAccount(long, context());
  await drive.ensureAccount(none, context());
  assert.is((await find(long.externalId)).displayname, long.displayName.slice(0, 64));
  assert.is((await find(none.externalId)).displayname, none.externalId);
});

test("a bad quota is the account's data refused, for good", async () => {
  const bad = createNextcloud({
    url: target.url,
    adminUser: target.admin.user,
    adminPassword: target.admin.password,
    quota: "lots",
  });
  assert.is(await codeOf(bad.ensureAccount(account(), context())), "ST509");
  assert.is(await codeOf(drive.ensureAccount(account({ password: "short" }), context())), "ST509");
});

test("the skeleton goes, files counted, nothing in the trash", async () => {
  const user = account();
  await drive.ensureAccount(user, context());
  const seen: [number, number][] = [];
  const removed = await drive.removeSkeleton(user, context(), (...progress) => seen.push(progress));
  assert.ok(removed > 50, `${removed} files`);
  assert.equal(await paths(loginOf(user)), []);
  assert.equal(seen[0], [0, removed]);
  assert.equal(seen.at(-1), [removed, removed]);
  assert.is(await drive.removeSkeleton(user, context()), 0);
});

test("what the user put there stays, also in the skeleton's folders and under the skeleton's names", async () => {
  const user = account();
  await drive.ensureAccount(user, context());
  const login = loginOf(user);
  assert.ok((await paths(login)).includes("Documents/Readme.md"));
  await put(user, "thesis 100%25 & 'more'.txt", "mine");
  await put(user, "Documents/notes #1?.md", "mine");
  await put(user, "Readme.md", "rewritten by me", { "X-OC-MTime": "1000000000" });
  await dav(login, "MKCOL", "Photos/Holiday");
  await put(user, "Photos/Holiday/Frog.jpg", "mine");
  await dav(login, "MKCOL", "Letters");
  await put(user, "Letters/Letter.odt", "mine");
  await drive.removeSkeleton(user, context());
  assert.equal(
    await paths(login),
    [
      "Documents/",
      "Documents/notes #1?.md",
      "Letters/",
      "Letters/Letter.odt",
      "Photos/",
      "Photos/Holiday/",
      "Photos/Holiday/Frog.jpg",
      "Readme.md",
      "thesis 100%25 & 'more'.txt",
    ].sort(),
  );
  assert.is((await dav(login, "GET", "Readme.md")).text, "rewritten by me");
});

test("an account that somebody signed in to after its user was deleted is left alone", async () => {
  const user = account();
  await drive.ensureAccount(user, context());
  const { externalId } = user;
  assert.is((await ocs(loginOf(user), "GET", "/cloud/user")).code, 200);
  const unusedSince = new Date(Date.now() - 60_000);
  const refused = await drive.removeAccount({ externalId, unusedSince }, context()).catch((error: unknown) => error);
  assert.is((refused as { code?: string }).code, "ST512");
  assert.is((await find(externalId)).enabled, true);
  assert.ok(await drive.removeAccount({ externalId, unusedSince: new Date(Date.now() + 60_000) }, context()));
});

test("the cleanup of an account that is gone or disabled ends at once, with its own code", async () => {
  const user = account();
  assert.is(await codeOf(drive.removeSkeleton(user, context())), "ST510");
  await drive.ensureAccount(user, context());
  await ocs(target.admin, "PUT", `/cloud/users/${user.externalId}/disable`);
  assert.is(await codeOf(drive.removeSkeleton(user, context())), "ST508");
});

test("a lost lease ends a cleanup before its next request that changes something", async () => {
  const user = account();
  const lost = new Error("the lease is lost");
  const noMore = (allowed: number) =>
    context({
      guard: () => {
        if (allowed-- <= 0) throw lost;
      },
    });
  const fails = (promise: Promise<unknown>) =>
    promise.then(
      () => assert.unreachable(),
      (error) => assert.is(error, lost),
    );
  await drive.ensureAccount(user, context());
  await fails(drive.removeSkeleton(user, noMore(0)));
  assert.is((await find(user.externalId)).firstLoginTimestamp, 0);
  await fails(drive.removeSkeleton(user, noMore(2)));
  assert.ok((await paths(loginOf(user))).length > 50);
});

test.run();
