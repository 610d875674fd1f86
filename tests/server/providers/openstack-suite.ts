// What the adapter must do at any Keystone: run against the embedded one and against a real one alike.
import { randomBytes, randomUUID } from "node:crypto";
import { StewardError } from "steward/errors";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import type { CloudProject, CloudRegion, CloudUser } from "../../../server/providers/cloud.ts";
import type { CallContext } from "../../../server/providers/http.ts";
import type { OpenStackRegion } from "../../../server/providers/openstack/config.ts";
import { createOpenStack } from "../../../server/providers/openstack/index.ts";
import { rotateCredential } from "../../../server/providers/rotation.ts";
import { type RawKeystone, type Runner, signInRaw } from "./raw-keystone.ts";
import { openProxy } from "./token-proxy.ts";

export interface Bench {
  readonly region: OpenStackRegion;
  readonly cloud: CloudRegion;
  readonly raw: RawKeystone;
}

/** An adapter of its own, and a way to look at the same Keystone without it. */
export async function openBench(region: OpenStackRegion): Promise<Bench> {
  return { region, cloud: createOpenStack({ regions: [region] }).in(region.name), raw: await signInRaw(region) };
}

export function context(): CallContext & { changes: number } {
  const ctx = {
    signal: new AbortController().signal,
    changes: 0,
    guard: () => {
      ctx.changes++;
    },
  };
  return ctx;
}

const MARK = randomUUID();

export function aProject(more: Partial<CloudProject> = {}): CloudProject {
  return {
    key: randomUUID(),
    mark: MARK,
    name: "Research & development",
    description: "",
    enabled: true,
    externalId: null,
    ...more,
  };
}

export function aUser(more: Partial<CloudUser> = {}): CloudUser {
  const name = `u-${randomBytes(5).toString("hex")}`;
  return { key: randomUUID(), mark: MARK, name, email: `${name}@example.test`, externalId: null, ...more };
}

/** Passes if `work` ends with this code of the registry; returns the error. */
export async function fails(work: Promise<unknown>, code: string): Promise<StewardError> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    assert.is(error.code, code, error.message);
    return error;
  }
  assert.unreachable(`expected ${code}`);
  throw new Error("unreachable");
}

/** Adds the tests to `test`. */
export function adapterSuite(test: Test, bench: () => Bench): void {
  test("a project is made once, found again by our id, corrected and removed", async () => {
    const { cloud, raw } = bench();
    const project = aProject({ name: "N".repeat(200) });
    const made = await cloud.ensureProject(project, context());
    const again = context();
    assert.equal(await cloud.ensureProject(project, again), made);
    assert.is(again.changes, 0, "a second look changes nothing");
    assert.is((await raw.projects(project.key)).length, 1);

    await cloud.ensureProject({ ...project, ...made, name: "Renamed", enabled: false }, context());
    assert.equal(await raw.project(made.externalId), { enabled: false, description: "Renamed" });
    const enable = (externalId: string | null, enabled: boolean) =>
      cloud.setProjectEnabled({ key: project.key, externalId }, enabled, context());
    assert.is(await enable(made.externalId, true), true);
    assert.is((await raw.project(made.externalId))?.enabled, true);
    assert.is(await enable(null, false), true); // made, but not recorded
    assert.is((await raw.project(made.externalId))?.enabled, false);

    assert.is(await cloud.removeProject({ ...project, externalId: null }, context()), true);
    assert.is(await cloud.removeProject({ ...project, ...made }, context()), false);
    await fails(enable(made.externalId, false), "ST613");
    assert.is(await enable(null, false), false);
  });

  test("eight at once make one project and one account", async () => {
    const { region, raw } = bench();
    const [project, user] = [aProject(), aUser()];
    // Each with its own adapter, as in processes of their own: nothing is shared but the provider.
    const clouds = Array.from({ length: 8 }, () => createOpenStack({ regions: [region] }).in(region.name));
    const projects = await Promise.all(clouds.map((cloud) => cloud.ensureProject(project, context())));
    const users = await Promise.all(clouds.map((cloud) => cloud.ensureUser(user, context())));
    assert.is(new Set(projects.map((one) => one.externalId)).size, 1);
    assert.is(new Set(users.map((one) => one.externalId)).size, 1);
    assert.is((await raw.users(user.name)).length, 1);
  });

  test("an account follows a change of name, and spaces around the name make no second one", async () => {
    const { cloud, raw } = bench();
    const user = aUser({ email: null });
    const made = await cloud.ensureUser({ ...user, name: ` ${user.name} ` }, context());
    assert.equal(await cloud.ensureUser({ ...user, name: ` ${user.name} ` }, context()), made);
    assert.is((await raw.users(user.name)).length, 1);
    const again = context();
    assert.equal(await cloud.ensureUser({ ...user, ...made, name: ` ${user.name} ` }, again), made);
    assert.is(again.changes, 0);
    const renamed = { ...user, ...made, name: `${user.name}-b`, email: "new@example.test" };
    assert.equal(await cloud.ensureUser(renamed, context()), made);
    assert.is((await raw.users(user.name)).length, 1, "naming is apart from linking");
    assert.ok(await cloud.renameUser(renamed, context()));
    assert.is((await raw.users(user.name)).length, 0);
    assert.is((await raw.users(renamed.name)).length, 1);
    assert.equal(await cloud.findHolder(renamed.name, context()), { key: user.key });
    assert.is(await cloud.findHolder(user.name, context()), undefined);
    const unchanged = context();
    await cloud.renameUser(renamed, unchanged);
    assert.is(unchanged.changes, 0);
    assert.is(await cloud.renameUser(aUser(), context()), false, "there is none to rename");
  });

  test("an account of the same name that is not ours is neither adopted nor removed", async () => {
    const { cloud, raw } = bench();
    const [mine, theirs] = [aUser(), aUser()];
    await cloud.ensureUser(theirs, context());
    const error = await fails(cloud.ensureUser({ ...mine, name: theirs.name }, context()), "ST610");
    assert.not.match(error.message, theirs.name);
    assert.is(error.retry, "never");
    assert.is(await cloud.removeUser({ ...mine, name: theirs.name }, context()), false);
    assert.is((await raw.users(theirs.name)).length, 1);
    // A rename to a taken name is refused as well, and changes nothing.
    const made = await cloud.ensureUser(mine, context());
    await fails(cloud.renameUser({ ...mine, ...made, name: theirs.name }, context()), "ST610");
    assert.is(await cloud.renameUser({ ...mine, name: theirs.name }, context()), false);
    assert.is((await raw.users(mine.name)).length, 1);
  });

  test("what another database made is neither adopted nor removed; what lost its mark is adopted and marked", async () => {
    const { cloud, raw } = bench();
    const [project, user] = [aProject(), aUser()];
    const made = { ...project, ...(await cloud.ensureProject(project, context())) };
    const account = { ...user, externalId: (await cloud.ensureUser(user, context())).externalId };
    const mark = randomUUID();
    await fails(cloud.ensureProject({ ...made, mark }, context()), "ST619");
    await fails(cloud.ensureUser({ ...account, mark }, context()), "ST619");
    await fails(cloud.renameUser({ ...account, mark, name: `${user.name}-x` }, context()), "ST619");
    await fails(cloud.removeProject({ ...made, mark }, context()), "ST619");
    await fails(cloud.removeUser({ ...account, mark }, context()), "ST619");
    assert.is((await raw.users(user.name)).length, 1);
    await raw.ask("PATCH", `/users/${account.externalId}`, { user: { steward_database: null } });
    await fails(cloud.removeUser(account, context()), "ST619");
    await cloud.ensureUser(account, context());
    assert.ok(await cloud.removeUser(account, context()));
    assert.ok(
      await cloud.removeProject({ ...made, mark: null }, context()),
      "an operator said that it does not matter",
    );
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

  test("exactly one of our roles, and roles that are not ours stay", async () => {
    const { cloud, raw } = bench();
    const member = await aMember(cloud);
    await raw.grant(member.projectExternalId, member.userExternalId, "admin");
    const ours = async () =>
      (await raw.roles(member.projectExternalId, member.userExternalId)).filter((name) => name !== "admin");
    const full = raw.hasRole("manager") ? "manager" : "member";
    for (const [role, expected] of [
      ["viewer", "reader"],
      ["owner", full],
      ["admin", full],
      ["member", "member"],
    ] as const) {
      await cloud.ensureMember({ ...member, role }, context());
      assert.equal(await ours(), [expected]);
    }
    const again = context();
    await cloud.ensureMember({ ...member, role: "member" }, again);
    assert.is(again.changes, 0);
    assert.ok((await raw.roles(member.projectExternalId, member.userExternalId)).includes("admin"));
  });

  test("a member that goes leaves no role of ours and no credential, and going twice does no harm", async () => {
    const { cloud, raw } = bench();
    const member = await aMember(cloud);
    await cloud.ensureMember({ ...member, role: "member" }, context());
    await cloud.createCredential(member, context());
    await cloud.createCredential(member, context());
    assert.is(await cloud.removeMember(member, context()), true);
    assert.equal(await raw.roles(member.projectExternalId, member.userExternalId), []);
    assert.equal(await raw.credentials(member.userExternalId), []);
    assert.is(await cloud.removeMember(member, context()), false);
    assert.is(await cloud.removeMember({ ...member, userExternalId: "0".repeat(32) }, context()), false);
    assert.is(await cloud.removeMember({ ...member, projectExternalId: "0".repeat(32) }, context()), false);
    await fails(cloud.ensureMember({ ...member, userExternalId: "0".repeat(32), role: "member" }, context()), "ST614");
    await fails(
      cloud.ensureMember({ ...member, projectExternalId: "0".repeat(32), role: "member" }, context()),
      "ST613",
    );
  });

  test("rotation: one live credential on the project, whatever a crash left behind; other projects' stay", async () => {
    const { cloud, raw } = bench();
    const member = await aMember(cloud);
    const elsewhere = { ...member, projectExternalId: (await cloud.ensureProject(aProject(), context())).externalId };
    const other = await cloud.createCredential(elsewhere, context());
    const live = async () => (await raw.credentials(member.userExternalId)).sort();

    const stored: string[] = [];
    const store = async ({ access }: { access: string }) => {
      stored.push(access);
    };
    await cloud.createCredential(member, context()); // a crash before storing
    const first = await rotateCredential(cloud, member, { stored: null, store }, context());
    assert.is(first.removed, 1);
    assert.equal(stored, [first.access]);
    assert.equal(await live(), [first.access, other.access].sort());

    await cloud.createCredential(member, context()); // a crash between storing and removing
    const finished = await rotateCredential(cloud, member, { stored: first.access, store }, context());
    assert.equal(finished, { access: first.access, removed: 1 });
    assert.equal(stored, [first.access]);

    const crashing = async () => {
      throw new Error("crash while storing");
    };
    await rotateCredential(cloud, member, { stored: null, store: crashing }, context()).catch(() => {});
    assert.is((await live()).length, 3, "two rather than none");
    const last = await rotateCredential(cloud, member, { stored: null, store }, context());
    assert.equal(await live(), [last.access, other.access].sort());

    await fails(cloud.keepCredential({ ...member, access: "0".repeat(32) }, context()), "ST616");
    assert.is((await live()).length, 2, "nothing is removed when the one to keep is not there");
    const replaced = await rotateCredential(cloud, member, { stored: "0".repeat(32), store }, context());
    assert.equal(await live(), [replaced.access, other.access].sort());
  });

  test("a removed user's memberships and credentials go too; so do a removed project's", async () => {
    const { cloud, raw } = bench();
    const [user, project] = [aUser(), aProject()];
    const { externalId: userExternalId } = await cloud.ensureUser(user, context());
    const { externalId: projectExternalId } = await cloud.ensureProject(project, context());
    const member = { userExternalId, projectExternalId };
    await cloud.ensureMember({ ...member, role: "member" }, context());
    await cloud.createCredential(member, context());
    await cloud.removeProject({ ...project, externalId: projectExternalId }, context());
    assert.equal(await raw.credentials(userExternalId), []);
    assert.is(await cloud.removeUser({ ...user, externalId: userExternalId }, context()), true);
    assert.is(await cloud.removeUser(user, context()), false);
    assert.is((await raw.users(user.name)).length, 0);
  });

  test("a token that ended is renewed, by many at once with one sign-in", async () => {
    const { raw, region } = bench();
    const counting = await signInsOf(async (proxied) => {
      const mine = createOpenStack({ regions: [{ ...region, authUrl: proxied.url }] }).in(region.name);
      const user = aUser();
      const made = await mine.ensureUser(user, context());
      const before = proxied.tokens.length;
      assert.is(before, 1);
      await raw.revokeToken(proxied.tokens[0] ?? "");
      await Promise.all(Array.from({ length: 6 }, () => mine.ensureUser({ ...user, ...made }, context())));
      return proxied.tokens.length - before;
    }, region.authUrl);
    assert.is(counting, 1);
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
      assert.is((await fails(mine.removeUser(ref, context()), "ST606")).retry, "wait");
      assert.is((await raw.users(user.name)).length, 1, "it is still there");
    }
  });

  test("a login that may do nothing is told apart", async () => {
    const { raw, region } = bench();
    const runner = await raw.makeRunner("member");
    const mine = createOpenStack({ regions: [{ ...region, ...runner.login }] }).in(region.name);
    assert.is((await fails(mine.ensureUser(aUser(), context()), "ST608")).retry, "never");
    const wrong = createOpenStack({ regions: [{ ...region, password: "wrong" }] }).in(region.name);
    assert.is((await fails(wrong.ensureUser(aUser(), context()), "ST606")).retry, "wait");
  });
}

async function aMember(cloud: CloudRegion) {
  const [user, project] = [
    await cloud.ensureUser(aUser(), context()),
    await cloud.ensureProject(aProject(), context()),
  ];
  return { userExternalId: user.externalId, projectExternalId: project.externalId };
}

/** Runs `work` with an address in front of the Keystone at `authUrl`, where the tokens it gives out are seen. */
async function signInsOf<T>(
  work: (proxied: { url: string; tokens: string[] }) => Promise<T>,
  authUrl: string,
): Promise<T> {
  const proxy = await openProxy(authUrl);
  try {
    return await work(proxy);
  } finally {
    await proxy.close();
  }
}
