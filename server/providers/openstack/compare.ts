// Reads what is at Keystone and says how it differs from what should be. Changes nothing.
import type { CloudMember, CloudProject, CloudUser, ExpectedMember, MemberDifference } from "../cloud.ts";
import { type Difference, differencesOf, GONE } from "../difference.ts";
import type { CallContext } from "../http.ts";
import { markIn, replacing } from "./adopt.ts";
import type { Assignments } from "./assignments.ts";
import { listCredentials } from "./credentials.ts";
import type { Keystone } from "./keystone.ts";
import { describeProject, lookUp as lookUpProject, projectNameFor } from "./projects.ts";
import type { Roles } from "./roles.ts";
import { lookUp as lookUpUser, wantedOf } from "./users.ts";

/** See CloudRegion.compareProject. */
export async function compareProject(
  keystone: Keystone,
  project: CloudProject,
  ctx: CallContext,
): Promise<Difference[]> {
  const found = await lookUpProject(keystone, project, ctx);
  const instead = replacing(found, project);
  if (found === undefined || instead !== undefined) return [instead ?? GONE];
  // Another one of ours is made the project's by making that anew: it is adopted.
  if (project.externalId !== null && found.id !== project.externalId) return [GONE];
  return differencesOf([
    markIn(found, project.mark),
    ["enabled", String(project.enabled), String(found.enabled)],
    ["name", projectNameFor(project.key), found.name],
    ["description", describeProject(project), found.description ?? ""],
  ]);
}

/** See CloudRegion.compareUser. */
export async function compareUser(keystone: Keystone, user: CloudUser, ctx: CallContext): Promise<Difference[]> {
  const found = await lookUpUser(keystone, user, ctx);
  const instead = replacing(found, user);
  if (found === undefined || instead !== undefined) return [instead ?? GONE];
  const wanted = wantedOf(user);
  return differencesOf([
    markIn(found, user.mark),
    ["enabled", "true", String(found.enabled)],
    ["name", wanted.name, found.name],
    ["email", wanted.email, found.email ?? null],
  ]);
}

/** See CloudRegion.compareMembers: one request for all roles, and one for each member with a key. */
export async function compareMembers(
  { keystone, roles, assignments }: { keystone: Keystone; roles: Roles; assignments: Assignments },
  { projectExternalId, members }: { projectExternalId: string; members: readonly ExpectedMember[] },
  ctx: CallContext,
): Promise<MemberDifference[]> {
  const names = await roles.managedNames(ctx);
  const granted = new Map<string, string[]>();
  for (const [userExternalId, ids] of await assignments.list(projectExternalId, ctx)) {
    const ours = ids.flatMap((id) => names.get(id) ?? []);
    if (ours.length > 0) granted.set(userExternalId, ours);
  }
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

async function hasKey(keystone: Keystone, member: CloudMember, access: string, ctx: CallContext): Promise<boolean> {
  const found = (await listCredentials(keystone, member, ctx)) ?? [];
  return found.some((credential) => credential.access === access);
}
