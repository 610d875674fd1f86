// What is Keystone's own at the adapter; all else is the conformance suite's. Run against the embedded one and against a real one alike.
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import type { CloudProject, CloudRegion } from "../../../server/providers/cloud.ts";
import type { OpenStackRegion } from "../../../server/providers/openstack/config.ts";
import { createOpenStack } from "../../../server/providers/openstack/index.ts";
import { aProject, aUser, context, fails } from "./calls.ts";
import { openProxy, type Proxy } from "./conformance/proxy.ts";
import { type RawKeystone, type Runner, signInRaw } from "./raw-keystone.ts";

type Made = CloudProject & { readonly externalId: string };

export interface Bench {
  readonly region: OpenStackRegion;
  readonly cloud: CloudRegion;
  readonly raw: RawKeystone;
}

/** An adapter of its own, and a way to look at the same Keystone without it. */
export async function openBench(region: OpenStackRegion): Promise<Bench> {
  return { region, cloud: createOpenStack({ regions: [region] }).in(region.name), raw: await signInRaw(region) };
}

/** Adds the tests to `test`. */
export function adapterSuite(test: Test, bench: () => Bench): void {
  test("a project's name, of any length, stands in its description", async () => {
    const { cloud, raw } = bench();
    const project = aProject({ name: "N".repeat(200), description: "Genes" });
    const { externalId } = await cloud.ensureProject(project, context());
    assert.is((await raw.project(externalId))?.description, `${project.name}: Genes`);
  });

  test("projects that somebody gave each other's names get their own back, and one made again gets its own; a stranger's name is told", async () => {
    const { cloud, raw } = bench();
    const make = async (one: CloudProject) => ({ ...one, ...(await cloud.ensureProject(one, context())) });
    const [second, third] = [await make(aProject()), await make(aProject())];
    let first: Made = await make(aProject());
    const rename = async ({ externalId }: Made, name: string) =>
      assert.is((await raw.ask("PATCH", `/projects/${externalId}`, { project: { name } })).status, 200);
    const nameOf = (one: Made) => `sd-${one.key}`;
    const settled = async () =>
      (await Promise.all([first, second, third].map((one) => cloud.compareProject(one, context())))).flat();
    // In a ring.
    await rename(first, `by-hand-${first.key}`);
    await rename(second, nameOf(first));
    await rename(third, nameOf(second));
    await rename(first, nameOf(third));
    await cloud.renameProject(first, context());
    assert.equal(await settled(), []);

    await raw.remove("projects", first.externalId);
    await rename(second, nameOf(first));
    first = { ...first, ...(await cloud.ensureProject({ ...first, externalId: null }, context())) };
    assert.equal(await settled(), []);

    await rename(third, `by-hand-${third.key}`);
    const foreign = await raw.ask("POST", "/projects", { project: { name: nameOf(third), domain_id: "default" } });
    await fails(cloud.renameProject({ ...third, name: "Renamed" }, context()), "ST612");
    assert.is((await raw.project(third.externalId))?.description, "Renamed");
    await raw.remove("projects", JSON.parse(foreign.text).project.id);
  });

  test("spaces around a name make no second account", async () => {
    const { cloud, raw } = bench();
    const user = aUser({ email: null });
    const spaced = { ...user, name: ` ${user.name} ` };
    const made = await cloud.ensureUser(spaced, context());
    assert.equal(await cloud.ensureUser(spaced, context()), made);
    assert.is((await raw.users(user.name)).length, 1);
    const again = context();
    await cloud.renameUser({ ...spaced, ...made }, again);
    assert.is(again.changes, 0);
  });

  test("what lost its mark is not removed, but adopted and marked", async () => {
    const { cloud, raw } = bench();
    const user = aUser();
    const account = { ...user, externalId: (await cloud.ensureUser(user, context())).externalId };
    await raw.ask("PATCH", `/users/${account.externalId}`, { user: { steward_database: null } });
    await fails(cloud.removeUser(account, context()), "ST619");
    await cloud.ensureUser(account, context());
    assert.ok(await cloud.removeUser(account, context()));
  });

  test("what we made and somebody has marked as theirs is not removed, nor passed over, until an operator allows it", async () => {
    const { cloud, raw } = bench();
    const [user, project] = [aUser(), aProject()];
    const account = { ...user, externalId: (await cloud.ensureUser(user, context())).externalId };
    const made = { ...project, ...(await cloud.ensureProject(project, context())) };
    const theirs = { steward_id: "theirs", steward_database: "another" };
    await raw.ask("PATCH", `/users/${account.externalId}`, { user: theirs });
    await raw.ask("PATCH", `/projects/${made.externalId}`, { project: theirs });
    await fails(cloud.removeUser(account, context()), "ST619");
    await fails(cloud.removeProject(made, context()), "ST619");
    assert.ok(await cloud.removeUser({ ...account, mark: null }, context()));
    assert.ok(await cloud.removeProject({ ...made, mark: null }, context()));
    assert.is((await raw.users(user.name)).length, 0);
  });

  test("roles that are not ours stay, and so do credentials on other projects", async () => {
    const { cloud, raw } = bench();
    const member = await aMember(cloud);
    const elsewhere = { ...member, projectExternalId: (await cloud.ensureProject(aProject(), context())).externalId };
    await raw.grant(member.projectExternalId, member.userExternalId, "admin");
    await cloud.ensureMember({ ...member, role: "member" }, context());
    const { access } = await cloud.createCredential(elsewhere, context());
    await cloud.createCredential(member, context());
    assert.is(await cloud.removeMember(member, context()), true);
    assert.equal(await raw.roles(member.projectExternalId, member.userExternalId), ["admin"]);
    assert.equal(await raw.credentials(member.userExternalId), [access]);
  });

  test("a removed project's credentials go too", async () => {
    const { cloud, raw } = bench();
    const { externalId: userExternalId } = await cloud.ensureUser(aUser(), context());
    const project = aProject();
    const made = { ...project, ...(await cloud.ensureProject(project, context())) };
    await cloud.ensureMember({ userExternalId, projectExternalId: made.externalId, role: "member" }, context());
    await cloud.createCredential({ userExternalId, projectExternalId: made.externalId }, context());
    await cloud.removeProject(made, context());
    assert.equal(await raw.credentials(userExternalId), []);
  });

  test("a refused name says why, not whose it is, and passes once corrected", async () => {
    const { cloud } = bench();
    const user = aUser();
    const error = await fails(cloud.ensureUser({ ...user, name: "x".repeat(256) }, context()), "ST609");
    assert.match(error.message, "too long");
    assert.not.match(error.message, "xxx");
    assert.not.match(error.message, "schema");
    assert.match(String(error.cause), /req-[0-9a-f]{8}/);
    await fails(cloud.ensureUser({ ...user, name: "  " }, context()), "ST609");
    assert.ok((await cloud.ensureUser(user, context())).externalId);
  });

  test("a token that ended is renewed, by many at once with one sign-in", async () => {
    const { raw, region } = bench();
    const proxied = await openProxy(region.authUrl);
    try {
      const mine = createOpenStack({ regions: [{ ...region, authUrl: proxied.url }] }).in(region.name);
      const user = aUser();
      const made = await mine.ensureUser(user, context());
      const before = tokensOf(proxied);
      assert.is(before.length, 1);
      await raw.revokeToken(before[0] ?? "");
      await Promise.all(Array.from({ length: 6 }, () => mine.ensureUser({ ...user, ...made }, context())));
      assert.is(tokensOf(proxied).length, before.length + 1);
    } finally {
      await proxied.close();
    }
  });

  test("a 404 to a token whose project is disabled or gone, or whose user is, is never taken for `already gone`", async () => {
    const { cloud, raw, region } = bench();
    const user = aUser();
    const ref = { ...user, ...(await cloud.ensureUser(user, context())) };
    const endings = [
      (runner: Runner) => raw.enableProject(runner.projectId, false),
      (runner: Runner) => raw.remove("projects", runner.projectId),
      (runner: Runner) => raw.remove("users", runner.userId),
    ];
    for (const end of endings) {
      const runner = await raw.makeRunner();
      const mine = createOpenStack({ regions: [{ ...region, ...runner.login }] }).in(region.name);
      await mine.ensureUser(ref, context()); // has a token now
      await end(runner);
      assert.is((await fails(mine.removeUser(ref, context()), "ST606")).retry, "refused");
      assert.is((await raw.users(user.name)).length, 1, "it is still there");
    }
  });

  test("a login that may do nothing is told apart", async () => {
    const { raw, region } = bench();
    const runner = await raw.makeRunner("member");
    const mine = createOpenStack({ regions: [{ ...region, ...runner.login }] }).in(region.name);
    assert.is((await fails(mine.ensureUser(aUser(), context()), "ST608")).retry, "never");
    const wrong = createOpenStack({ regions: [{ ...region, password: "wrong" }] }).in(region.name);
    assert.is((await fails(wrong.ensureUser(aUser(), context()), "ST606")).retry, "refused");
  });
}

async function aMember(cloud: CloudRegion) {
  const [user, project] = [
    await cloud.ensureUser(aUser(), context()),
    await cloud.ensureProject(aProject(), context()),
  ];
  return { userExternalId: user.externalId, projectExternalId: project.externalId };
}

/** Those that it handed out so far. */
function tokensOf({ seen }: Proxy): string[] {
  return seen.flatMap(({ headers }) => headers?.get("x-subject-token") ?? []);
}
