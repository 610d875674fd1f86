// The OpenStack adapter when its provider is in trouble: nothing twice, nothing taken for done that is not, everything waited for.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type EmbeddedCloud, startCloud } from "../../../server/embedded/cloud/index.ts";
import type { CloudRegion } from "../../../server/providers/cloud.ts";
import { createOpenStack } from "../../../server/providers/openstack/index.ts";
import { aProject, aUser, context, fails } from "./openstack-suite.ts";

const test = suite("openstack in trouble");
let dir: string;
let embedded: EmbeddedCloud;

test.before(async () => {
  dir = mkdtempSync(join(tmpdir(), "steward-cloud-"));
  embedded = await startCloud({ dir, latency: { min: 0, max: 2 } });
});
test.after(async () => {
  await embedded.close();
  rmSync(dir, { recursive: true });
});
test.after.each(() => embedded.faults.clear());

function open(more: { timeoutMs?: number; maxInFlight?: number } = {}): CloudRegion {
  const region = { ...embedded, name: embedded.regionName, authUrl: embedded.url };
  return createOpenStack({ regions: [region], ...more }).in(region.name);
}

const requestsSoFar = () => [...embedded.counts.values()].reduce((sum, n) => sum + n, 0);
const made = (name: string) => embedded.state().users.filter((user) => user.name === name).length;

test("the answer to a creation is cut off: looked up, adopted, once", async () => {
  const cloud = open();
  const [user, project] = [aUser(), aProject()];
  embedded.faults.add({ kind: "cut", method: "POST", path: "/users$" });
  embedded.faults.add({ kind: "cut", method: "POST", path: "/projects$" });
  assert.ok((await cloud.ensureUser(user, context())).externalId);
  assert.ok((await cloud.ensureProject(project, context())).externalId);
  assert.is(made(user.name), 1);
  assert.is(embedded.state().projects.filter((one) => one.stewardId === project.key).length, 1);
});

test("a creation that was cut off before anything happened is waited for, and passes the next time", async () => {
  const cloud = open();
  const user = aUser();
  embedded.faults.add({ kind: "drop", method: "POST", path: "/users$" });
  assert.is((await fails(cloud.ensureUser(user, context()), "ST601")).retry, "wait");
  assert.is(made(user.name), 0);
  await cloud.ensureUser(user, context());
  assert.is(made(user.name), 1);
});

test("a creation whose answer comes too late is found, not made again", async () => {
  const cloud = open({ timeoutMs: 300 });
  const user = aUser();
  embedded.faults.add({ kind: "late", ms: 600, method: "POST", path: "/users$" });
  assert.ok((await cloud.ensureUser(user, context())).externalId);
  assert.is(made(user.name), 1);
});

test("a removal that was cut off is done once more, and counts as done", async () => {
  const cloud = open();
  const user = aUser();
  const ref = { ...user, ...(await cloud.ensureUser(user, context())) };
  embedded.faults.add({ kind: "cut", method: "DELETE", path: "/users/" });
  await cloud.removeUser(ref, context());
  assert.is(made(user.name), 0);
});

test("one cut of a lookup is not even noticed", async () => {
  const cloud = open();
  embedded.faults.add({ kind: "drop", method: "GET", path: "/users" });
  assert.ok((await cloud.ensureUser(aUser(), context())).externalId);
});

test("throttled, in maintenance, broken: each by its code, with Retry-After", async () => {
  const cloud = open();
  embedded.faults.add({ kind: "throttle", retryAfterSeconds: 7, path: "/users" });
  const throttled = await fails(cloud.ensureUser(aUser(), context()), "ST602");
  assert.is(throttled.retryAfterMs, 7000);
  assert.is(throttled.retry, "wait");
  embedded.faults.add({ kind: "fail", status: 503, path: "/users" });
  assert.is((await fails(cloud.ensureUser(aUser(), context()), "ST603")).retry, "wait");
  embedded.faults.add({ kind: "fail", path: "/users" });
  const broken = await fails(cloud.ensureUser(aUser(), context()), "ST605");
  assert.is(broken.retry, "later");
  assert.match(String(broken.cause), /answered 500 \(req-/);
  embedded.faults.add({ kind: "throttle", retryAfterSeconds: 2, path: "/auth/tokens" });
  assert.is((await fails(open().ensureUser(aUser(), context()), "ST602")).retryAfterMs, 2000);
});

test("nobody listens there: waited for", async () => {
  const region = { ...embedded, name: "R", authUrl: "http://127.0.0.1:9/v3" };
  const cloud = createOpenStack({ regions: [region] }).in("R");
  assert.is((await fails(cloud.ensureUser(aUser(), context()), "ST601")).retry, "wait");
});

test("an abort reaches a call that hangs, and a guard that says no stops every change", async () => {
  const cloud = open();
  await cloud.ensureUser(aUser(), context());
  embedded.faults.add({ kind: "hang", path: "/users" });
  const controller = new AbortController();
  const lost = new Error("lease lost");
  setTimeout(() => controller.abort(lost), 50);
  const hanging = cloud.ensureUser(aUser(), { signal: controller.signal, guard: () => {} });
  assert.is(await hanging.catch((error: unknown) => error), lost);

  const user = aUser();
  const guard = () => {
    throw lost;
  };
  const guarded = cloud.ensureUser(user, { signal: new AbortController().signal, guard });
  assert.is(await guarded.catch((error: unknown) => error), lost);
  assert.is(made(user.name), 0);
});

test("one step's abort while signing in does not fail the others that wait for the same token", async () => {
  const cloud = open();
  embedded.faults.add({ kind: "late", ms: 150, path: "/auth/tokens" });
  const controller = new AbortController();
  const first = cloud
    .ensureUser(aUser(), { signal: controller.signal, guard: () => {} })
    .catch((error: unknown) => error);
  const second = cloud.ensureUser(aUser(), context());
  controller.abort(new Error("shutdown"));
  assert.match(String(await first), "shutdown");
  assert.ok((await second).externalId);
});

test("fifty members: one sign-in and one look at the roles between them, never more calls at once than allowed", async () => {
  const cloud = open({ maxInFlight: 5 });
  embedded.counts.clear();
  const { externalId: projectExternalId } = await cloud.ensureProject(aProject(), context());
  const add = async () => {
    const { externalId: userExternalId } = await cloud.ensureUser(aUser(), context());
    await cloud.ensureMember({ projectExternalId, userExternalId, role: "member" }, context());
  };
  await Promise.all(Array.from({ length: 50 }, add));
  assert.is(embedded.counts.get("POST /auth/tokens"), 1);
  assert.is(embedded.counts.get("GET /roles"), 1);
  assert.is(embedded.counts.get("POST /users"), 50);
});

test("every token is unknown all of a sudden: one sign-in, nobody notices", async () => {
  const cloud = open();
  const users = Array.from({ length: 10 }, () => aUser());
  await cloud.ensureUser(aUser(), context());
  embedded.forgetTokens();
  embedded.counts.clear();
  await Promise.all(users.map((user) => cloud.ensureUser(user, context())));
  assert.is(embedded.counts.get("POST /auth/tokens"), 1);
  for (const { name } of users) assert.is(made(name), 1);
});

test("a refused login is not hammered at, and is tried again later", async () => {
  const region = { ...embedded, name: "R", authUrl: embedded.url, password: "wrong" };
  const cloud = createOpenStack({ regions: [region] }).in("R");
  embedded.counts.clear();
  await Promise.all(Array.from({ length: 5 }, () => fails(cloud.ensureUser(aUser(), context()), "ST606")));
  await fails(cloud.ensureUser(aUser(), context()), "ST606");
  assert.is(embedded.counts.get("POST /auth/tokens"), 1);
});

test("a name that the provider refuses: who and why, and fine once it is corrected", async () => {
  const cloud = open();
  const user = aUser();
  embedded.faults.refuseNames([user.name]);
  const error = await fails(cloud.ensureUser(user, context()), "ST609");
  assert.is(error.retry, "never");
  assert.not.match(error.message, user.name);
  const corrected = `${user.name}-corrected`;
  await cloud.ensureUser({ ...user, name: corrected }, context());
  assert.is(made(corrected), 1);
});

test("random trouble at every call: in the end each thing is there exactly once", async () => {
  const cloud = open({ timeoutMs: 200 });
  const [project, users] = [aProject(), Array.from({ length: 20 }, () => aUser())];
  for (const kind of ["cut", "drop", "late", "fail", "throttle"] as const) {
    embedded.faults.add({ kind, chance: 0.06, forMs: 60_000, ms: 300, retryAfterSeconds: 0 });
  }
  const insist = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let tries = 0; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (tries > 30) throw error;
      }
    }
  };
  const { externalId: projectExternalId } = await insist(() => cloud.ensureProject(project, context()));
  await Promise.all(
    users.map(async (user) => {
      const { externalId: userExternalId } = await insist(() => cloud.ensureUser(user, context()));
      const member = { projectExternalId, userExternalId };
      await insist(() => cloud.ensureMember({ ...member, role: "viewer" }, context()));
      await insist(() => cloud.ensureMember({ ...member, role: "admin" }, context()));
      await insist(async () => {
        const { access } = await cloud.createCredential(member, context());
        await insist(() => cloud.keepCredential({ ...member, access }, context()));
      });
    }),
  );
  const state = embedded.state();
  assert.is(state.projects.filter((one) => one.stewardId === project.key).length, 1);
  for (const user of users) {
    const [account, ...more] = state.users.filter((one) => one.stewardId === user.key);
    assert.is(more.length, 0);
    assert.equal(account?.roles, { [projectExternalId]: ["manager"] });
    assert.is(account?.credentials.length, 1);
  }
});

test("200 new members of a project, ten at a time: at most 2.5 requests for each", async () => {
  const cloud = open();
  const { externalId: projectExternalId } = await cloud.ensureProject(aProject(), context());
  const users = Array.from({ length: 200 }, () => aUser());
  const before = requestsSoFar();
  const queue = users.values();
  const place = async () => {
    for (const user of queue) {
      const { externalId: userExternalId } = await cloud.ensureUser(user, context());
      await cloud.ensureMember({ projectExternalId, userExternalId, role: "member" }, context());
    }
  };
  await Promise.all(Array.from({ length: 10 }, place));
  const perMember = (requestsSoFar() - before) / users.length;
  assert.ok(perMember <= 2.5, `${perMember} requests a member`);
  assert.is(embedded.state().users.filter(({ roles }) => roles[projectExternalId] !== undefined).length, 200);
});

test("a list of roles that was asked for before another's change is not believed after it", async () => {
  const [cloud, elsewhere] = [open(), open()];
  const { externalId: projectExternalId } = await cloud.ensureProject(aProject(), context());
  const [first, second] = await Promise.all([aUser(), aUser()].map((user) => cloud.ensureUser(user, context())));
  const member = (user: { externalId: string } | undefined) => ({
    projectExternalId,
    userExternalId: user?.externalId ?? "",
  });
  embedded.faults.add({ kind: "late", ms: 300, method: "GET", path: "/role_assignments" });
  const slow = cloud.ensureMember({ ...member(first), role: "member" }, context());
  await elsewhere.ensureMember({ ...member(second), role: "viewer" }, context());
  await cloud.ensureMember({ ...member(second), role: "admin" }, context());
  await slow;
  const { roles } = embedded.state().users.find(({ id }) => id === second?.externalId) ?? {};
  assert.equal(roles?.[projectExternalId], ["manager"]);
});

test.run();
