// Reads what is at zCompute and says how it differs from what should be. Changes nothing.
import type { CloudProject, CloudUser, ExpectedMember, MemberDifference, ProjectRole } from "../cloud.ts";
import { type Difference, differencesOf, GONE, notOurs } from "../difference.ts";
import type { CallContext } from "../http.ts";
import { fault } from "./answers.ts";
import { isOurs, isSameName, markFor, markIn, projectNameFor, userNameFor } from "./names.ts";
import { describe, find } from "./projects.ts";
import type { Region } from "./region.ts";
import { findNamed } from "./users.ts";

/** See CloudRegion.compareProject. */
export async function compareProject(region: Region, project: CloudProject, ctx: CallContext): Promise<Difference[]> {
  const found = await find(region, project, ctx);
  const description = found?.description ?? "";
  const isOwn =
    found !== undefined && isSameName(found.name, projectNameFor(project.key)) && markIn(description) === project.mark;
  const isKnown = found !== undefined && found.id === project.externalId;
  // Another one of ours is made the project's by making that anew: it is adopted.
  if (!isKnown && (!isOwn || project.externalId !== null)) return [GONE];
  if (found === undefined || !isOwn)
    return [notOurs(`${projectNameFor(project.key)} ${markFor(project.mark)}`, `${found?.name} ${description}`)];
  const wanted = region.allowed.changeProjects === true ? describe(project, project.mark) : description;
  return differencesOf([
    ["enabled", String(project.enabled), String(found.enabled)],
    ["description", wanted, description],
  ]);
}

/** See CloudRegion.compareUser. */
export async function compareUser(region: Region, user: CloudUser, ctx: CallContext): Promise<Difference[]> {
  const found = await findNamed(region, user, ctx);
  if (found === undefined) {
    const known = (await region.lists.users(ctx)).find(({ id }) => id === user.externalId);
    return [known === undefined ? GONE : notOurs(userNameFor(user), known.name)];
  }
  return differencesOf([
    ["enabled", "true", String(found.enabled)],
    ["email", user.email, found.email ?? null],
  ]);
}

/** See CloudRegion.compareMembers: a request for each account of ours in the region, for there is no list of a project's members. */
export async function compareMembers(
  region: Region,
  { projectExternalId, members }: { projectExternalId: string; members: readonly ExpectedMember[] },
  ctx: CallContext,
): Promise<MemberDifference[]> {
  if (!(await region.lists.projects(ctx)).some(({ id }) => id === projectExternalId))
    throw fault("ST613", new Error(`project ${projectExternalId} is not listed`));
  const expected = new Map(members.map((member) => [member.userExternalId, member]));
  const others = (await region.lists.users(ctx)).filter(({ id, name }) => isOurs(name) && !expected.has(id));
  const ids = [...expected.keys(), ...others.map(({ id }) => id)];
  const all = ids.map((userExternalId) =>
    compareMember(region, { projectExternalId, userExternalId }, expected.get(userExternalId), ctx),
  );
  return (await Promise.all(all)).flat();
}

async function compareMember(
  region: Region,
  member: { projectExternalId: string; userExternalId: string },
  expected: ExpectedMember | undefined,
  ctx: CallContext,
): Promise<MemberDifference[]> {
  const { userExternalId } = member;
  const granted = (await region.lists.granted(userExternalId, ctx)).filter(
    ({ projectId }) => projectId === member.projectExternalId,
  );
  const words = region.roles.ours(granted).map(([word]) => word);
  const found = words.sort().join(", ") || "none";
  const wanted = expected === undefined ? "none" : wordFor(region, expected.role);
  const differences: MemberDifference[] =
    found === wanted ? [] : [{ userExternalId, what: "role", expected: wanted, found }];
  const access = expected?.access ?? null;
  if (access === null || (await region.keys.has(member, access, ctx))) return differences;
  return [...differences, { userExternalId, what: "key", expected: access, found: "gone" }];
}

function wordFor({ roles }: Region, role: ProjectRole): string {
  return roles.wordsFor(role)[0];
}
