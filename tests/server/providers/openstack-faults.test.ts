// Trouble at a Keystone beyond what the conformance suite has: nothing twice, nothing asked for more often than it must be.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Headers } from "undici";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type EmbeddedCloud, startCloud } from "../../../server/embedded/cloud/index.ts";
import type { CloudRegion } from "../../../server/providers/cloud.ts";
import { createHttp } from "../../../server/providers/http.ts";
import { createOpenStack } from "../../../server/providers/openstack/index.ts";
import { createKeystone, TROUBLE } from "../../../server/providers/openstack/keystone.ts";
import { aProject, aUser, context, fails } from "./calls.ts";
import { signInRaw } from "./raw-keystone.ts";

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

test("one cut of a lookup is not even noticed", async () => {
  const cloud = open();
  embedded.faults.add({ kind: "drop", method: "GET", path: "/users" });
  assert.ok((await cloud.ensureUser(aUser(), context())).externalId);
});

test("an error of its own is told with Keystone's id of the request, and a sign-in may be throttled too", async () => {
  const cloud = open();
  await cloud.ensureUser(aUser(), context());
  embedded.faults.add({ kind: "fail", path: "/users" });
  assert.match(String((await fails(cloud.ensureUser(aUser(), context()), "ST605")).cause), /answered 500 \(req-/);
  embedded.faults.add({ kind: "throttle", retryAfterSeconds: 2, path: "/auth/tokens" });
  assert.is((await fails(open().ensureUser(aUser(), context()), "ST602")).retryAfterMs, 2000);
});

test("what somebody took our mark from is not touched any more: neither disabled nor renamed", async () => {
  const [cloud, project] = [open(), aProject()];
  const made = { ...project, ...(await cloud.ensureProject(project, context())) };
  const user = aUser();
  const known = { ...user, ...(await cloud.ensureUser(user, context())) };
  const keystone = await signInRaw({ ...embedded, authUrl: embedded.url, name: embedded.regionName });
  await keystone.ask("PATCH", `/projects/${made.externalId}`, { project: { steward_id: null } });
  await keystone.ask("PATCH", `/users/${known.externalId}`, { user: { steward_id: null } });
  for (const work of [
    () => cloud.setProjectEnabled(made, false, context()),
    () => cloud.renameProject({ ...made, name: "Other" }, context()),
    () => cloud.ensureProject(made, context()),
    () => cloud.renameUser({ ...known, name: "other" }, context()),
    () => cloud.ensureUser(known, context()),
  ])
    await fails(work(), "ST619");
  assert.equal(embedded.state().projects.find(({ id }) => id === made.externalId)?.enabled, true);
});

test("a page of a gateway that comes with 200 is no answer", async () => {
  const region = { ...embedded, name: embedded.regionName, authUrl: embedded.url };
  const http = createHttp({ codes: TROUBLE });
  const keystone = createKeystone(region, {
    timeoutMs: http.timeoutMs,
    send: async (request, ctx) =>
      request.url.endsWith("/auth/tokens")
        ? http.send(request, ctx)
        : { status: 200, headers: new Headers(), text: "<html>Sign in</html>" },
  });
  await fails(keystone.call("DELETE", "/users/1", context()), "ST605");
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
