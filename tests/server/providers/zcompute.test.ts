// The zCompute adapter against its stand-in: one test for each rule of docs/providers/zcompute.md. It shows that Steward copes with the
// shapes that others have published, not that zCompute has them.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startZCompute, type ZComputeStandIn } from "../../../server/embedded/zcompute/index.ts";
import type { CloudRegion } from "../../../server/providers/cloud.ts";
import type { ZComputeConfig, ZComputeRegion } from "../../../server/providers/zcompute/config.ts";
import { createZCompute } from "../../../server/providers/zcompute/index.ts";
import { aProject, aUser, context, fails } from "./calls.ts";

const test = suite("zcompute, experimental");
const FULL = { createProjects: { is_vpc: true, ip_pool_id: "pool" }, changeProjects: true, removeProjects: true };
let there: ZComputeStandIn;

test.before(async () => {
  there = await startZCompute();
});
test.after(() => there.close());
test.after.each(() => {
  there.traps.reset();
  there.received.length = 0;
});

/** An adapter of its own. */
function open(more: Partial<ZComputeConfig> = {}, region: Partial<ZComputeRegion> = {}): CloudRegion {
  const { url, account, username, password } = there;
  return createZCompute({ regions: [{ name: "r", url, account, username, password, ...region }], ...more }).in("r");
}

const writes = () => there.received.filter(({ method, path }) => method !== "GET" && path !== "/identity/auth");
const rolesOf = (userId: string) =>
  there.store.grants.filter((grant) => grant.userId === userId).map(({ role }) => role);

/** A project as a person makes it by our words. */
function adoptable(project = aProject()) {
  const { id } = there.store.addProject({ name: `SD-${project.key}`, description: `Ada's [steward ${project.mark}]` });
  return { ...project, externalId: id };
}

async function aMember(cloud: CloudRegion) {
  const user = aUser();
  const { externalId: userExternalId } = await cloud.ensureUser(user, context());
  return { user: { ...user, externalId: userExternalId }, projectExternalId: adoptable().externalId, userExternalId };
}

test("projects are adopted, in any letter case, and neither made, changed nor removed unless that is configured", async () => {
  const cloud = open();
  const missing = aProject();
  there.store.addProject({ name: `sd-${missing.key}`, description: `[steward ${missing.mark}]`, is_domain: true });
  const error = await fails(cloud.ensureProject(missing, context()), "ST611");
  assert.match(error.message, /Make one called sd-.* with \[steward .*\] in its description/);
  const project = adoptable();
  assert.equal(await cloud.ensureProject({ ...project, externalId: null }, context()), {
    externalId: project.externalId,
  });
  await cloud.renameProject({ ...project, name: "Other" }, context());
  assert.equal(await cloud.compareProject({ ...project, name: "Other" }, context()), []);
  assert.ok(await cloud.setProjectEnabled(project, true, context()));
  assert.is((await fails(cloud.setProjectEnabled(project, false, context()), "ST630")).retry, "never");
  await fails(cloud.removeProject(project, context()), "ST630");
  assert.equal(writes(), []);
});

test("a project that is not ours is left alone: no mark, another mark, two of the name, renamed", async () => {
  const cloud = open(FULL);
  const [bare, theirs, twice, renamed] = [aProject(), adoptable(), adoptable(), adoptable()];
  there.store.addProject({ name: `sd-${bare.key}` });
  there.store.addProject({ name: `sd-${twice.key}`, description: `[steward ${twice.mark}]` });
  Object.assign(there.store.projects.get(renamed.externalId) ?? {}, { name: "mine now" });
  await fails(cloud.ensureProject(bare, context()), "ST612");
  await fails(cloud.ensureProject({ ...theirs, mark: "another" }, context()), "ST619");
  await fails(cloud.removeProject({ ...theirs, mark: "another" }, context()), "ST619");
  await fails(cloud.ensureProject(twice, context()), "ST612");
  for (const work of [cloud.ensureProject(renamed, context()), cloud.renameProject(renamed, context())])
    await fails(work, "ST612");
  await fails(cloud.removeProject(renamed, context()), "ST619");
  const [difference, ...more] = await cloud.compareProject(renamed, context());
  assert.equal([difference?.what, more], ["mark", []], "it is there, and not ours any more");
  assert.match(difference?.found ?? "", "mine now");
  assert.equal(writes(), []);
});

test("as configured a project is made with the given fields, waited for, changed and removed with its members", async () => {
  const cloud = open({ ...FULL, needsNetwork: true });
  const project = aProject({ name: "Research", description: "Cells" });
  there.traps.switches.vpcStaysPending = true;
  assert.is((await fails(cloud.ensureProject(project, context()), "ST407")).retry, "defer");
  const [row] = [...there.store.projects.values()].slice(-1);
  if (row === undefined) return assert.unreachable();
  assert.equal(JSON.parse(writes()[0]?.text ?? ""), {
    ...FULL.createProjects,
    name: `sd-${project.key}`,
    description: `Research: Cells [steward ${project.mark}]`,
    domain_id: there.store.domainId,
  });
  there.store.vpcs.set(row.id, "available");
  const made = { ...project, ...(await cloud.ensureProject(project, context())) };
  assert.is(made.externalId, row.id);
  await cloud.renameProject({ ...made, name: "Search" }, context());
  assert.is(row.description, `Search: Cells [steward ${project.mark}]`);
  assert.equal(
    (await cloud.compareProject(made, context())).map(({ what }) => what),
    ["description"],
  );
  await cloud.setProjectEnabled(made, false, context());
  assert.not(row.enabled);
  const { externalId: userExternalId } = await cloud.ensureUser(aUser(), context());
  await cloud.ensureMember({ projectExternalId: row.id, userExternalId, role: "member" }, context());
  row.isBusy = true;
  assert.match((await fails(cloud.removeProject(made, context()), "ST611")).message, "something may still be in it");
  assert.equal(rolesOf(userExternalId), []);
  row.isBusy = false;
  assert.ok(await cloud.removeProject(made, context()));
  assert.not(await cloud.removeProject(made, context()));
  await fails(cloud.setProjectEnabled(made, true, context()), "ST613");
});

test("what is refused for no reason that is listed is waited for, or told in the provider's words", async () => {
  const refusing = open({ ...FULL, createProjects: { is_vpc: true } });
  assert.match(String((await fails(refusing.ensureProject(aProject(), context()), "ST611")).cause), "ip_pool_id");
  there.traps.add({ method: "POST", path: /projects$/, kind: 409 });
  there.traps.add({ method: "POST", path: /users$/, kind: 409 });
  for (const work of [open(FULL).ensureProject(aProject(), context()), open().ensureUser(aUser(), context())]) {
    const held = await fails(work, "ST407");
    assert.is(held.retryAfterMs, 60_000);
  }
});

test("accounts: made once whatever the answer is like, found in any letter case and form of list, never another's", async () => {
  const cloud = open();
  for (const wrapped of [false, true, false]) {
    Object.assign(there.traps.switches, { wrapped, shouts: wrapped });
    const user = aUser();
    const made = await cloud.ensureUser(user, context());
    assert.equal(await cloud.ensureUser(user, context()), made);
    const row = there.store.users.get(made.externalId);
    assert.is(row?.name, `sd-${user.key}.${user.mark.slice(0, 8)}`);
    const renamed = { ...user, ...made, email: "new@example.test" };
    assert.equal(await cloud.compareUser(renamed, context()), [
      { what: "email", expected: "new@example.test", found: user.email },
    ]);
    assert.ok(await cloud.renameUser(renamed, context()));
    assert.is(row?.email, "new@example.test");
    await fails(cloud.ensureUser({ ...user, mark: "another-mark" }, context()), "ST619");
    Object.assign(row ?? {}, { name: "taken over" });
    await fails(cloud.ensureUser({ ...user, ...made }, context()), "ST610");
    await fails(cloud.removeUser({ ...user, ...made }, context()), "ST619");
    assert.ok(await cloud.removeUser({ ...user, ...made, mark: null }, context()), "an operator allowed it");
    assert.not(await cloud.removeUser({ ...user, ...made }, context()));
  }
  assert.is(writes().filter(({ method }) => method === "POST").length, 3);
  await fails(cloud.ensureUser(aUser({ email: "no address" }), context()), "ST609");
});

test("a lost answer is looked up; one that says more than is so is not believed", async () => {
  const cloud = open();
  const user = aUser();
  there.traps.add({ method: "POST", path: /users$/, kind: "cut" });
  const made = { ...user, ...(await cloud.ensureUser(user, context())) };
  there.traps.add({ method: "DELETE", path: /users/, kind: "forget" });
  assert.is((await fails(cloud.removeUser(made, context()), "ST605")).retry, "later");
  there.traps.add({ method: "DELETE", path: /users/, kind: "cut" });
  assert.ok(await cloud.removeUser(made, context()));
  there.traps.add({ method: "POST", path: /users$/, kind: "drop" });
  await fails(cloud.ensureUser(user, context()), "ST601");
  there.traps.add({ method: "POST", path: /users$/, kind: "forget" });
  await fails(cloud.ensureUser(user, context()), "ST605");
});

test("a 404 means gone only when a list agrees, and a dead token is renewed, whichever status it gets", async () => {
  const cloud = open();
  const user = aUser();
  const made = { ...user, ...(await cloud.ensureUser(user, context())) };
  there.traps.add({ method: "DELETE", path: /users/, kind: 404 });
  assert.is((await fails(cloud.removeUser(made, context()), "ST607")).retry, "wait");
  assert.ok(there.store.users.has(made.externalId));
  for (const deadToken of [404, 401] as const) {
    there.traps.switches.deadToken = deadToken;
    there.forgetTokens();
    assert.ok(await cloud.ensureUser(made, context()));
  }
  there.traps.add({ method: "POST", path: /users$/, kind: 401 });
  assert.ok(await cloud.ensureUser(aUser(), context()));
  there.traps.add({ method: "GET", path: /users/, kind: 404 });
  there.traps.add({ method: "GET", path: /users/, kind: 404 });
  await fails(cloud.removeUser(made, context()), "ST607");
});

test("one role, by name or by id, read back; policies and roles that are not ours stay", async () => {
  const cloud = open();
  const { user: _, ...member } = await aMember(cloud);
  there.store.grants.push({ projectId: member.projectExternalId, userId: member.userExternalId, role: "tenant_admin" });
  await cloud.ensureMember({ ...member, role: "owner" }, context());
  assert.equal(rolesOf(member.userExternalId).sort(), ["_member_", "tenant_admin"], "an owner is no tenant_admin");
  const again = context();
  await cloud.ensureMember({ ...member, role: "admin" }, again);
  assert.is(again.changes, 0);

  const expected = [{ userExternalId: member.userExternalId, role: "member" as const, access: null }];
  assert.equal(await cloud.compareMembers({ ...member, members: expected }, context()), []);
  const [found] = await cloud.compareMembers({ ...member, members: [] }, context());
  assert.equal(found, { userExternalId: member.userExternalId, what: "role", expected: "none", found: "_member_" });
  assert.ok(await cloud.removeMember(member, context()));
  assert.not(await cloud.removeMember(member, context()));
  assert.equal(rolesOf(member.userExternalId), ["tenant_admin"]);
  assert.not(writes().some(({ path }) => path.includes("policy")));

  there.traps.switches.hexRoles = true;
  await fails(cloud.ensureMember({ ...member, role: "member" }, context()), "ST615");
  const roles: { id: string; name: string }[] = JSON.parse(await ask("/identity/roles"));
  const id = roles.find(({ name }) => name === "_member_")?.id ?? "";
  await open({ roles: { member: ["_member_", id] } }).ensureMember({ ...member, role: "member" }, context());
});

test("viewers are refused, and so is another role than the user has elsewhere", async () => {
  const cloud = open({ roles: { admin: ["tenant_admin"] } });
  const { user: _, ...member } = await aMember(cloud);
  await fails(cloud.ensureMember({ ...member, role: "viewer" }, context()), "ST615");
  await cloud.ensureMember({ ...member, role: "member" }, context());
  const elsewhere = { ...member, projectExternalId: adoptable().externalId };
  const before = writes().length;
  assert.is((await fails(cloud.ensureMember({ ...elsewhere, role: "admin" }, context()), "ST631")).retry, "never");
  assert.is(writes().length, before);
  await cloud.ensureMember({ ...member, role: "admin" }, context());
  assert.equal(rolesOf(member.userExternalId), ["tenant_admin"]);
});

test("members of what is gone, and of other accounts than the one asked for", async () => {
  const cloud = open();
  const { user, ...member } = await aMember(cloud);
  there.traps.switches.ignoresFilters = true;
  const { name = "" } = there.store.users.get(user.externalId) ?? {};
  const stranger = there.store.addUser({ name, domain_id: "another account" });
  there.store.grants.push({ userId: stranger.id, projectId: member.projectExternalId, role: "_member_" });
  await cloud.ensureMember({ ...member, role: "member" }, context());
  assert.equal(rolesOf(user.externalId), ["_member_"]);
  assert.ok(await cloud.ensureUser(user, context()));
  there.store.projects.delete(member.projectExternalId);
  there.traps.switches.ignoresFilters = false;
  await fails(cloud.ensureMember({ ...member, projectExternalId: "0", role: "member" }, context()), "ST613");
  await fails(cloud.compareMembers({ projectExternalId: "0", members: [] }, context()), "ST613");
  const { externalId: projectExternalId } = adoptable();
  await fails(cloud.ensureMember({ userExternalId: "0", projectExternalId, role: "member" }, context()), "ST614");
});

test("access keys are refused without an administrator's key of that project, and with one are looked at before they count", async () => {
  const plain = open();
  const { user: _, ...member } = await aMember(plain);
  assert.is((await fails(plain.createCredential(member, context()), "ST630")).retry, "never");
  const elsewhere = { ...member, projectExternalId: adoptable().externalId };
  const keys = Object.fromEntries(
    [member, elsewhere].map(({ projectExternalId: id }) => [id, there.makeKey(id)] as const),
  );
  const cloud = open({}, { keys });
  const other = await cloud.createCredential(elsewhere, context());
  const [first, second] = [
    await cloud.createCredential(member, context()),
    await cloud.createCredential(member, context()),
  ];
  assert.is(await cloud.keepCredential({ ...member, ...second }, context()), 1);
  const live = () =>
    there.store.keys.filter(({ userId }) => userId === member.userExternalId).map(({ access }) => access);
  assert.equal(live(), [other.access, second.access], "a key that may be another project's stays");
  await fails(cloud.keepCredential({ ...member, ...first }, context()), "ST616");
  const members = [{ userExternalId: member.userExternalId, role: "member" as const, access: first.access }];
  const found = await cloud.compareMembers({ ...member, members }, context());
  assert.ok(found.some(({ what }) => what === "key"));

  await cloud.ensureMember({ ...elsewhere, role: "member" }, context());
  assert.ok(await open({}, { keys }).removeMember(elsewhere, context()));
  assert.equal(live(), [], "nothing is anybody's who is in no project any more");
  const wrong = { ...Object.values(keys)[0], access: "0", secret: "0" };
  const forged = open({}, { keys: { [member.projectExternalId]: wrong } });
  await fails(forged.keepCredential({ ...member, ...first }, context()), "ST608");
});

test("signing in: for the account or a project, with a second factor, and never asking for one to be made", async () => {
  const { project, totpSecret } = there;
  assert.ok(await open({}, { project }).ensureUser(aUser(), context()));
  there.traps.switches.signIn = "second factor";
  assert.ok(await open({}, { project, totpSecret }).ensureUser(aUser(), context()));
  assert.ok(await open({}, { totpSecret }).ensureUser(aUser(), context()));
  assert.match((await fails(open().ensureUser(aUser(), context()), "ST606")).message, "second factor");
  assert.not(there.received.some(({ text }) => text.includes("auto_enable_mfa")));
});

test("a refused login is said with its reason, goes alone, and is not tried again for minutes", async () => {
  for (const [signIn, words] of [
    ["expired", "has expired"],
    ["locked", "is locked"],
  ] as const) {
    there.traps.switches.signIn = signIn;
    const cloud = open();
    const before = there.received.length;
    const works = Array.from({ length: 5 }, () => fails(cloud.ensureUser(aUser(), context()), "ST606"));
    for (const error of await Promise.all(works)) assert.match(error.message, words);
    const error = await fails(cloud.ensureUser(aUser(), context()), "ST606");
    assert.is(error.retryAfterMs, 300_000);
    assert.is(there.received.length - before, 1);
  }
  await fails(open({}, { account: "nobody" }).ensureUser(aUser(), context()), "ST606");
});

test("throttled, refused by a policy, in trouble", async () => {
  const cloud = open();
  there.traps.add({ method: "GET", path: /users/, kind: "throttle" });
  assert.is((await fails(cloud.ensureUser(aUser(), context()), "ST602")).retryAfterMs, 7_000);
  there.traps.add({ method: "GET", path: /users/, kind: 500 });
  await fails(cloud.ensureUser(aUser(), context()), "ST605");
  there.traps.switches.readOnly = true;
  const error = await fails(cloud.ensureUser(aUser(), context()), "ST608");
  assert.match(String(error.cause), "Policy doesn't allow");
});

test("what must not be configured is refused", () => {
  const refused = (work: () => unknown, words: RegExp) =>
    assert.throws(work, (error: Error) => words.test(error.message));
  refused(() => open({ roles: { viewer: ["policy:ViewOnlyAccess"] } }), /is a policy, not a role/);
  refused(() => open({ createProjects: { domain_id: "x" } }), /domain_id is set by Steward/);
  refused(() => open({}, { account: "cloud_admin" }), /operator's account/);
});

/** What the cloud answers to a person with a token. */
async function ask(path: string): Promise<string> {
  const { url, username: name, password, account } = there;
  const domain = { name: account };
  const auth = {
    identity: { methods: ["password"], password: { user: { name, password, domain } } },
    scope: { domain },
  };
  const login = await fetch(`${url}/api/v2/identity/auth`, { method: "POST", body: JSON.stringify({ auth }) });
  const headers = { "x-auth-token": login.headers.get("x-subject-token") ?? "" };
  return (await fetch(`${url}/api/v2${path}`, { headers })).text();
}

test.run();
