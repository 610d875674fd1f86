// What every cloud adapter must do in each region. docs/add-a-provider.md says how one is put to it.
import { randomBytes, randomUUID } from "node:crypto";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import type {
  CloudMember,
  CloudProject,
  CloudRegion,
  CloudUser,
  ProjectRole,
} from "../../../../server/providers/cloud.ts";
import { GONE } from "../../../../server/providers/difference.ts";
import { rotateCredential } from "../../../../server/providers/rotation.ts";
import { aProject, aUser, codeOf, context } from "../calls.ts";
import { type TroubleBench, throughEveryLoss, troubleSuite } from "./trouble.ts";

/** The provider without our adapter: what a test compares with, and what somebody does there by hand. */
export interface RegionByHand {
  /** Those that belong to this project of ours. */
  projects(project: CloudProject): Promise<readonly { readonly externalId: string; readonly enabled: boolean }[]>;
  disableProject(externalId: string): Promise<unknown>;
  /** The accounts of this user of ours, by what they are called there. */
  users(user: CloudUser): Promise<readonly { readonly externalId: string; readonly enabled: boolean }[]>;
  /** Makes an account that is not ours. */
  makeUser(name: string): Promise<unknown>;
  changeUser(externalId: string, changes: { readonly enabled?: boolean; readonly email?: string }): Promise<unknown>;
  /** The names of the roles that the user has on the project, sorted. */
  roles(member: CloudMember): Promise<readonly string[]>;
  /** Takes all of them. */
  revoke(member: CloudMember): Promise<unknown>;
  /** The access ids of the user's credentials on the project, sorted. */
  credentials(member: CloudMember): Promise<readonly string[]>;
}

export interface RegionBench extends TroubleBench<CloudRegion> {
  readonly byHand: RegionByHand;
  /** What the provider calls the one role that is given for each of ours; without those that it cannot give. */
  readonly roles: Partial<Readonly<Record<ProjectRole, string>>>;
  /** Whether accounts are called as our users are: their names may be taken, and must follow. */
  readonly hasNames: boolean;
  /** Whether members can be given credentials. */
  readonly hasCredentials: boolean;
  /** An id such as the provider's own, of something that was never there. */
  readonly unknownId: string;
}

/** Adds the tests to `test`. */
export function regionSuite(test: Test, bench: () => RegionBench): void {
  const where = (ability: "hasNames" | "hasCredentials", title: string, work: () => Promise<void>) =>
    test(title, async () => (bench()[ability] ? work() : undefined));
  const rolesThere = () => Object.entries(bench().roles) as [ProjectRole, string][];

  async function madeProject(cloud: CloudRegion): Promise<CloudProject & { externalId: string }> {
    const project = aProject();
    return { ...project, ...(await cloud.ensureProject(project, context())) };
  }
  async function madeUser(cloud: CloudRegion): Promise<CloudUser & { externalId: string }> {
    const user = aUser();
    return { ...user, externalId: (await cloud.ensureUser(user, context())).externalId };
  }
  async function newMember(cloud: CloudRegion): Promise<CloudMember> {
    const [user, project] = [await madeUser(cloud), await madeProject(cloud)];
    return { userExternalId: user.externalId, projectExternalId: project.externalId };
  }

  test("a project is made once, found again by our id, corrected, and removed once", async () => {
    const { connect, byHand } = bench();
    const cloud = connect();
    const project = aProject();
    const made = await cloud.ensureProject(project, context());
    const again = context();
    assert.equal(await cloud.ensureProject(project, again), made);
    assert.is(again.changes, 0, "a second look changes nothing");
    assert.equal(await byHand.projects(project), [{ ...made, enabled: true }]);

    const other = { ...project, ...made, name: "Renamed", description: "Another", enabled: false };
    await cloud.ensureProject(other, context());
    assert.equal(await byHand.projects(project), [{ ...made, enabled: false }]);
    assert.equal(await cloud.compareProject(other, context()), []);

    assert.is(await cloud.removeProject({ ...project, externalId: null }, context()), true);
    assert.equal(await byHand.projects(project), []);
    assert.is(await cloud.removeProject({ ...project, ...made }, context()), false);
  });

  test("a project is enabled and renamed, also one that was made and not recorded; a missing one is told", async () => {
    const { connect, byHand } = bench();
    const cloud = connect();
    const project = await madeProject(cloud);
    const { externalId } = project;
    assert.is(await cloud.setProjectEnabled(project, false, context()), true);
    assert.equal(await byHand.projects(project), [{ externalId, enabled: false }]);
    assert.is(await cloud.setProjectEnabled({ ...project, externalId: null }, true, context()), true);
    assert.equal(await byHand.projects(project), [{ externalId, enabled: true }]);
    await cloud.renameProject({ ...project, name: "Renamed" }, context());
    assert.equal(await cloud.compareProject({ ...project, name: "Renamed" }, context()), []);

    await cloud.removeProject(project, context());
    assert.is(await cloud.setProjectEnabled({ ...project, externalId: null }, true, context()), false);
    assert.is(await codeOf(cloud.setProjectEnabled(project, true, context())), "ST613");
    assert.is(await codeOf(cloud.renameProject(project, context())), "ST613");
  });

  test("eight at once make one project and one account", async () => {
    const { connect, byHand } = bench();
    const [project, user] = [aProject(), aUser()];
    const clouds = Array.from({ length: 8 }, () => connect());
    const projects = await Promise.all(clouds.map((cloud) => cloud.ensureProject(project, context())));
    const users = await Promise.all(clouds.map((cloud) => cloud.ensureUser(user, context())));
    for (const all of [projects, users]) assert.is(new Set(all.map(({ externalId }) => externalId)).size, 1);
    assert.is((await byHand.projects(project)).length, 1);
    assert.is((await byHand.users(user)).length, 1);
  });

  test("an account is made once, found again, and removed once", async () => {
    const { connect, byHand } = bench();
    const cloud = connect();
    const user = aUser();
    const made = await cloud.ensureUser(user, context());
    const known = { ...user, externalId: made.externalId };
    assert.equal(await cloud.ensureUser(user, context()), made);
    assert.equal(await byHand.users(user), [made]);
    assert.equal(await cloud.compareUser(known, context()), []);
    const again = context();
    assert.is(await cloud.renameUser(known, again), true);
    assert.is(again.changes, 0);

    assert.is(await cloud.removeUser(known, context()), true);
    assert.is(await cloud.removeUser(known, context()), false);
    assert.is(await cloud.renameUser(known, context()), false);
    assert.equal(await cloud.compareUser(known, context()), [GONE]);
    assert.equal(await byHand.users(user), []);
  });

  where("hasNames", "an account follows a change of name, apart from being linked", async () => {
    const { connect, byHand } = bench();
    const cloud = connect();
    const user = await madeUser(cloud);
    const made = { externalId: user.externalId, enabled: true };
    const renamed = { ...user, name: `${user.name}-b`, email: "new@example.test" };
    assert.equal(await cloud.ensureUser(renamed, context()), made);
    assert.equal(await byHand.users(user), [made]);
    assert.is(await cloud.renameUser(renamed, context()), true);
    assert.equal(await byHand.users(renamed), [made]);
    assert.equal(await cloud.compareUser(renamed, context()), []);
    assert.equal(await cloud.findHolder(renamed.name, context()), { key: user.key, name: renamed.name });
    assert.is(await cloud.findHolder(user.name, context()), undefined);
  });

  where(
    "hasNames",
    "an account of the same name that is not ours is neither adopted nor removed, and its name is not taken",
    async () => {
      const { connect, byHand } = bench();
      const cloud = connect();
      const mine = aUser();
      const name = `theirs-${randomBytes(5).toString("hex")}`;
      await byHand.makeUser(name);
      assert.is(await codeOf(cloud.ensureUser({ ...mine, name }, context())), "ST610");
      assert.equal(await cloud.findHolder(name, context()), { key: null, name });
      assert.is(await cloud.removeUser({ ...mine, name }, context()), false);
      const { externalId } = await cloud.ensureUser(mine, context());
      assert.is(await codeOf(cloud.renameUser({ ...mine, externalId, name }, context())), "ST610");
      assert.is((await byHand.users({ ...mine, name })).length, 1);
      assert.is((await byHand.users(mine)).length, 1);
    },
  );

  test("what another database made is neither adopted, changed nor removed, unless an operator says so", async () => {
    const { connect, byHand } = bench();
    const cloud = connect();
    const [project, user] = [await madeProject(cloud), await madeUser(cloud)];
    const mark = randomUUID();
    for (const work of [
      () => cloud.ensureProject({ ...project, mark }, context()),
      () => cloud.removeProject({ ...project, mark }, context()),
      () => cloud.ensureUser({ ...user, mark }, context()),
      () => cloud.renameUser({ ...user, mark, name: `${user.name}-b` }, context()),
      () => cloud.removeUser({ ...user, mark }, context()),
    ])
      assert.is(await codeOf(work()), "ST619");
    assert.is((await byHand.projects(project)).length, 1);
    assert.is((await byHand.users(user)).length, 1);
    assert.is(await cloud.removeProject({ ...project, mark: null }, context()), true);
    assert.is(await cloud.removeUser({ ...user, mark: null }, context()), true);
  });

  test("a member has exactly one role of ours, whichever they had before", async () => {
    const { connect, byHand } = bench();
    const cloud = connect();
    const member = await newMember(cloud);
    for (const [role, name] of rolesThere()) {
      await cloud.ensureMember({ ...member, role }, context());
      assert.equal(await byHand.roles(member), [name]);
      const again = context();
      await cloud.ensureMember({ ...member, role }, again);
      assert.is(again.changes, 0);
    }
  });

  test("a member that goes leaves no role and no credential, and going twice does no harm", async () => {
    const { connect, byHand, hasCredentials, unknownId } = bench();
    const cloud = connect();
    const member = await newMember(cloud);
    await cloud.ensureMember({ ...member, role: "member" }, context());
    if (hasCredentials) await cloud.createCredential(member, context());
    assert.is(await cloud.removeMember(member, context()), true);
    assert.equal(await byHand.roles(member), []);
    assert.equal(await byHand.credentials(member), []);
    assert.is(await cloud.removeMember(member, context()), false);
    assert.is(await cloud.removeMember({ ...member, userExternalId: unknownId }, context()), false);
    assert.is(await cloud.removeMember({ ...member, projectExternalId: unknownId }, context()), false);
  });

  test("a project or a user that is gone is told as that, not given a role", async () => {
    const { connect, unknownId } = bench();
    const cloud = connect();
    const member = { ...(await newMember(cloud)), role: "member" as const };
    assert.is(await codeOf(cloud.ensureMember({ ...member, userExternalId: unknownId }, context())), "ST614");
    assert.is(await codeOf(cloud.ensureMember({ ...member, projectExternalId: unknownId }, context())), "ST613");
  });

  test("what somebody changed there is told, and put right", async () => {
    const { connect, byHand, roles } = bench();
    const cloud = connect();
    const [project, user] = [await madeProject(cloud), await madeUser(cloud)];
    const member = { userExternalId: user.externalId, projectExternalId: project.externalId };
    await cloud.ensureMember({ ...member, role: "member" }, context());
    await byHand.disableProject(project.externalId);
    await byHand.changeUser(user.externalId, { email: "eve@example.test" });
    await byHand.revoke(member);

    assert.equal(await cloud.compareProject(project, context()), [
      { what: "enabled", expected: "true", found: "false" },
    ]);
    assert.equal(
      (await cloud.compareUser(user, context())).map((one) => one.what),
      ["email"],
    );
    const { projectExternalId, userExternalId } = member;
    const members = [{ userExternalId, role: "member" as const, access: null }];
    const compare = () => cloud.compareMembers({ projectExternalId, members }, context());
    assert.equal(await compare(), [{ userExternalId, what: "role", expected: roles.member, found: "none" }]);

    await cloud.ensureProject(project, context());
    await cloud.renameUser(user, context());
    await cloud.ensureMember({ ...member, role: "member" }, context());
    assert.equal(await cloud.compareProject(project, context()), []);
    assert.equal(await cloud.compareUser(user, context()), []);
    assert.equal(await compare(), []);
    const nobody = await cloud.compareMembers({ projectExternalId, members: [] }, context());
    assert.equal(nobody, [{ userExternalId, what: "role", expected: "none", found: roles.member }]);
  });

  test("an account that somebody disabled there stays so", async () => {
    const { connect, byHand } = bench();
    const cloud = connect();
    const user = await madeUser(cloud);
    await byHand.changeUser(user.externalId, { enabled: false });
    assert.equal(await cloud.ensureUser(user, context()), { externalId: user.externalId, enabled: false });
    assert.is((await byHand.users(user))[0]?.enabled, false);
    assert.equal(
      (await cloud.compareUser(user, context())).map(({ what }) => what),
      ["enabled"],
    );
  });

  where(
    "hasCredentials",
    "rotation leaves one live credential on the project, whatever a crash left behind",
    async () => {
      const { connect, byHand, unknownId } = bench();
      const cloud = connect();
      const member = await newMember(cloud);
      await cloud.ensureMember({ ...member, role: "member" }, context());
      const stored: string[] = [];
      const store = async ({ access }: { access: string }) => void stored.push(access);

      await cloud.createCredential(member, context()); // a crash before storing
      const first = await rotateCredential(cloud, member, { stored: null, store }, context());
      assert.equal([first.removed, stored], [1, [first.access]]);
      await cloud.createCredential(member, context()); // a crash between storing and removing
      const finished = await rotateCredential(cloud, member, { stored: first.access, store }, context());
      assert.equal(finished, { access: first.access, removed: 1 });
      assert.equal(await byHand.credentials(member), [first.access]);

      assert.is(await codeOf(cloud.keepCredential({ ...member, access: unknownId }, context())), "ST616");
      assert.equal(await byHand.credentials(member), [first.access], "nothing goes when the one to keep is not there");
      const members = [{ userExternalId: member.userExternalId, role: "member" as const, access: unknownId }];
      const { projectExternalId } = member;
      const [gone] = await cloud.compareMembers({ projectExternalId, members }, context());
      assert.equal([gone?.what, gone?.found], ["key", "gone"]);
      const replaced = await rotateCredential(cloud, member, { stored: unknownId, store }, context());
      assert.equal(await byHand.credentials(member), [replaced.access]);
    },
  );

  test("whatever answer is lost, a project and an account are made once", async () => {
    const { connect, byHand } = bench();
    const cloud = connect();
    await throughEveryLoss(bench(), async () => {
      const [project, user] = [aProject(), aUser()];
      return {
        async work() {
          await cloud.ensureProject(project, context());
          await cloud.ensureUser(user, context());
        },
        async check() {
          assert.is((await byHand.projects(project)).length, 1);
          assert.is((await byHand.users(user)).length, 1);
        },
      };
    });
  });

  test("whatever answer is lost, a member ends with the one role they are to have, and a new name", async () => {
    const { connect, byHand } = bench();
    const cloud = connect();
    await throughEveryLoss(bench(), async () => {
      const [project, user] = [await madeProject(cloud), await madeUser(cloud)];
      const member = { userExternalId: user.externalId, projectExternalId: project.externalId };
      const [[from = "member"] = [], [role = "member", name] = []] = [rolesThere().at(-1), rolesThere().at(0)];
      await cloud.ensureMember({ ...member, role: from }, context());
      const renamed = { ...user, name: `${user.name}-b` };
      return {
        async work() {
          await cloud.ensureMember({ ...member, role }, context());
          await cloud.renameUser(renamed, context());
        },
        async check() {
          assert.equal(await byHand.roles(member), [name]);
          assert.is((await byHand.users(renamed)).length, 1);
        },
      };
    });
  });

  test("whatever answer is lost, what is removed is gone", async () => {
    const { connect, byHand } = bench();
    const cloud = connect();
    await throughEveryLoss(bench(), async () => {
      const [project, user] = [await madeProject(cloud), await madeUser(cloud)];
      const member = { userExternalId: user.externalId, projectExternalId: project.externalId };
      await cloud.ensureMember({ ...member, role: "member" }, context());
      return {
        async work() {
          await cloud.removeMember(member, context());
          await cloud.removeProject(project, context());
          await cloud.removeUser(user, context());
        },
        async check() {
          assert.equal(await byHand.projects(project), []);
          assert.equal(await byHand.users(user), []);
        },
      };
    });
  });

  where(
    "hasCredentials",
    "whatever answer is lost, a member ends with one credential, the one that was stored",
    async () => {
      const { connect, byHand } = bench();
      const cloud = connect();
      await throughEveryLoss(bench(), async () => {
        const member = await newMember(cloud);
        await cloud.ensureMember({ ...member, role: "member" }, context());
        await cloud.createCredential(member, context());
        let stored: string | null = null;
        const store = async ({ access }: { access: string }) => {
          stored = access;
        };
        return {
          work: () => rotateCredential(cloud, member, { stored, store }, context()),
          check: async () => assert.equal(await byHand.credentials(member), [stored]),
        };
      });
    },
  );

  troubleSuite(test, bench, {
    make: (cloud, ctx) => cloud.ensureUser(aUser(), ctx),
    async prepare(cloud) {
      const user = await madeUser(cloud);
      return {
        remove: (ctx) => cloud.removeUser(user, ctx),
        isThere: async () => (await bench().byHand.users(user)).length === 1,
      };
    },
  });
}
