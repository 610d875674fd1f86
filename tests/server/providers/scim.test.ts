// What is SCIM's own at the adapter: keys, versions, services that lack something, deactivation. All else is the conformance suite's.
import { Headers } from "undici";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { DriveAccount } from "../../../server/providers/drive.ts";
import { createCall } from "../../../server/providers/scim/call.ts";
import { createScim, type ScimOptions } from "../../../server/providers/scim/index.ts";
import { createUsers } from "../../../server/providers/scim/users.ts";
import { type ScimUser, startScimService } from "../../helpers/scim-service.ts";
import { codeOf, context, errorOf, newAccount } from "./calls.ts";

const service = await startScimService();
const connect = (more: Partial<ScimOptions> = {}) => createScim({ ...service, removal: "delete", ...more });
const scim = connect();
const test = suite("SCIM adapter");
test.before.each(() => {
  service.users.clear();
  Object.assign(service.features, { patch: true, changePassword: true });
  service.onRequest = () => undefined;
});
test.after(() => service.close());

const only = (): ScimUser => {
  const [user, ...more] = service.users.values();
  assert.equal(more, []);
  assert.ok(user);
  return user as ScimUser;
};
const remove = ({ externalId }: DriveAccount, drive = scim) =>
  drive.removeAccount({ externalId, unusedSince: null }, context());

test("a user is found by externalId whatever they are called now, and one without it by userName", async () => {
  const account = newAccount();
  await scim.ensureAccount(account, context());
  service.put(only().id, { ...only(), userName: "ada" });
  assert.is((await scim.ensureAccount(account, context())).adopted, true);
  assert.is(only().userName, "ada");
  assert.is(await remove(account), true);
  service.put(undefined, { userName: account.externalId });
  assert.is((await scim.ensureAccount(account, context())).adopted, true);
  assert.is(only().externalId, account.externalId);
});

test("a user of our name that carries somebody else's externalId is left alone", async () => {
  const account = newAccount();
  service.put(undefined, { userName: account.externalId, externalId: "hr-17", displayName: "Grace" });
  assert.is(await codeOf(scim.ensureAccount(account, context())), "ST515");
  assert.is(await scim.updateAccount(account, context()), false);
  assert.is(await remove(account), false);
  assert.is(only().displayName, "Grace");
});

test("a page of a gateway that comes with 200 removes nobody", async () => {
  const page = { status: 200, headers: new Headers(), text: "<html>Sign in</html>" };
  const http = { timeoutMs: 1_000, send: async () => page };
  const users = createUsers(createCall(http, "https://directory.example.test", "token"));
  assert.is(await codeOf(users.remove({ id: "1", userName: "ada" }, context())), "ST505");
});

test("two users with our key: neither is touched, and a person is told", async () => {
  const account = newAccount();
  for (const userName of ["ada", "ada.2"]) service.put(undefined, { userName, externalId: account.externalId });
  for (const work of [scim.ensureAccount(account, context()), remove(account)]) {
    assert.match(String((await errorOf(work)).cause), "2 users have the externalId");
  }
});

test("what somebody else changes at the same moment stays: the version is checked, and the change made anew", async () => {
  const account = newAccount();
  await scim.ensureAccount(account, context());
  let others = 1;
  service.onRequest = ({ method }) => {
    if (method === "PATCH" && others-- > 0)
      service.put(only().id, { ...only(), title: "Countess", displayName: "Eve" });
  };
  assert.ok(await scim.updateAccount({ ...account, displayName: "Ada King" }, context()));
  assert.equal([only().displayName, only().title], ["Ada King", "Countess"]);
  others = Number.POSITIVE_INFINITY;
  assert.is(await codeOf(scim.updateAccount(account, context())), "ST505");
});

test("a service without PATCH is given the whole user, with what others keep in it", async () => {
  service.features.patch = false;
  const drive = connect();
  const account = newAccount();
  await drive.ensureAccount(account, context());
  service.put(only().id, { ...only(), title: "Countess" });
  assert.ok(await drive.updateAccount({ ...account, displayName: "Ada King", email: null }, context()));
  const { displayName, title, emails, password } = only();
  assert.equal([displayName, title, emails, password], ["Ada King", "Countess", undefined, account.password]);
});

test("where people sign in elsewhere, an account is adopted without a password", async () => {
  service.features.changePassword = false;
  const account = newAccount({ passwordIsNew: true });
  service.put(undefined, { userName: account.externalId, displayName: "Eve" });
  assert.is((await connect().ensureAccount(account, context())).adopted, true);
  assert.equal([only().displayName, only().password], [account.displayName, undefined]);
});

test("a service that cannot search by externalId is searched by userName, and one that ignores filters is not believed", async () => {
  const account = newAccount();
  service.put(undefined, { userName: "somebody", externalId: "else" });
  service.onRequest = ({ url }) => (url?.includes("externalId") ? "refuse the filter" : undefined);
  assert.is((await scim.ensureAccount(account, context())).adopted, false);
  service.onRequest = ({ method }) => (method === "GET" ? "ignore the filter" : undefined);
  assert.is(await remove(newAccount()), false);
  assert.is(await remove(account), true);
  assert.is(only().userName, "somebody");
});

test("a directory that must keep its users: a removal deactivates, once, and nobody is enabled again by us", async () => {
  const keeping = connect({ removal: "deactivate" });
  const account = newAccount();
  await keeping.ensureAccount(account, context());
  assert.is(await remove(account, keeping), true);
  assert.is(only().active, false);
  assert.is(await remove(account, keeping), false);
  assert.is(await codeOf(keeping.ensureAccount(account, context())), "ST508");
});

test("what the service does not accept is told in its words, without the password", async () => {
  const account = newAccount();
  service.onRequest = ({ method }) => (method === "POST" ? "refuse the body" : undefined);
  const { code, cause } = await errorOf(scim.ensureAccount(account, context()));
  assert.equal([code, cause], ["ST509", 'create user: HTTP 400 invalidValue "***" will not do.']);
});

test.run();
