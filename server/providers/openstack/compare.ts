// Reads what is at Keystone and says how it differs from what should be. Changes nothing.
import { z } from "zod";
import type { CloudMember, CloudProject, CloudUser, ExpectedMember, MemberDifference } from "../cloud.ts";
import { type Difference, differencesOf, GONE } from "../difference.ts";
import type { CallContext } from "../http.ts";
import { OWNER } from "./adopt.ts";
import { fault, read } from "./answers.ts";
import { listCredentials } from "./credentials.ts";
import type { Keystone } from "./keystone.ts";
import { describeProject, lookUp as lookUpProject, projectNameFor } from "./projects.ts";
import type { Roles } from "./roles.ts";
import { lookUp as lookUpUser, wantedOf } from "./users.ts";

const Assignments = z.object({
  role_assignments: z.array(
    z.object({ role: z.object({ id: z.string() }), user: z.object({ id: z.string() }).nullish() }),
  ),
});

/** See CloudRegion.compareProject. */
export async function compareProject(
  keystone: Keystone,
  project: CloudProject,
  ctx: CallContext,
): Promise<Difference[]> {
  const found = await lookUpProject(keystone, project, ctx);
  if (found === undefined || found[OWNER] !== project.key) return [GONE];
  return differencesOf([
    ["enabled", String(project.enabled), String(found.enabled)],
    ["name", projectNameFor(project.key), found.name],
    ["description", describeProject(project), found.description ?? ""],
  ]);
}

/** See CloudRegion.compareUser. */
export async function compareUser(keystone: Keystone, user: CloudUser, ctx: CallContext): Promise<Difference[]> {
  const found = await lookUpUser(keystone, user, ctx);
  if (found === undefined || found[OWNER] !== user.key) return [GONE];
  const wanted = wantedOf(user);
  return differencesOf([
    ["enabled", "true", String(found.enabled)],
    ["name", wanted.name, found.name],
    ["email", wanted.email, found.email ?? null],
  ]);
}

/** See CloudRegion.compareMembers: one request for all roles, and one for each member with a key. */
export async function compareMembers(
  keystone: Keystone,
  roles: Roles,
  { projectExternalId, members }: { projectExternalId: string; members: readonly ExpectedMember[] },
  ctx: CallContext,
): Promise<MemberDifference[]> {
  const granted = await listGranted(keystone, roles, projectExternalId, ctx);
  const differences: MemberDifference[] = [];
  for (const { userExternalId, role, access } of members) {
    const expected = await roles.nameFor(role, ctx);
    const found = granted.get(userExternalId)?.sort().join(", ") ?? "none";
    granted.delete(userExternalId);
    if (found !== expected) differences.push({ userExternalId, what: "role", expected, found });
    if (access === null || (await hasKey(keystone, { projectExternalId, userExternalId }, access, ctx))) continue;
    differences.push({ userExternalId, what: "key", expected: access, found: "gone" });
  }
  for (const [userExternalId, names] of granted) {
    differences.push({ userExternalId, what: "role", expected: "none", found: names.sort().join(", ") });
  }
  return differences;
}

/** Names of those of our roles that each user has on the project. */
async function listGranted(
  keystone: Keystone,
  roles: Roles,
  projectExternalId: string,
  ctx: CallContext,
): Promise<Map<string, string[]>> {
  const names = await roles.managedNames(ctx);
  const query = new URLSearchParams({ "scope.project.id": projectExternalId });
  const reply = await keystone.call("GET", `/role_assignments?${query}`, ctx);
  if (reply.missing === "project") throw fault("ST613", reply.cause);
  if (!reply.ok) throw fault("ST605", reply.cause);
  const granted = new Map<string, string[]>();
  for (const { user, role } of read(Assignments, reply.answer).role_assignments) {
    const name = names.get(role.id);
    if (user && name !== undefined) granted.set(user.id, [...(granted.get(user.id) ?? []), name]);
  }
  return granted;
}

async function hasKey(keystone: Keystone, member: CloudMember, access: string, ctx: CallContext): Promise<boolean> {
  const found = (await listCredentials(keystone, member, ctx)) ?? [];
  return found.some((credential) => credential.access === access);
}
