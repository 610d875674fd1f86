// Who may do what on a project: exactly one of our roles, the same one in all projects of a user; or none.
import { AppError } from "../../errors.ts";
import type { CloudMember, ProjectRole } from "../cloud.ts";
import type { CallContext } from "../http.ts";
import { fault, tellOfPolicies } from "./answers.ts";
import { confirm, stillThere } from "./confirm.ts";
import type { Granted, User } from "./lists.ts";
import { isOurs } from "./names.ts";
import type { Region } from "./region.ts";
import { isOne, type Words } from "./roles.ts";

/** See CloudRegion.ensureMember. The new role is given before others are taken: nobody is without access in between. */
export async function ensureMember(
  region: Region,
  member: CloudMember & { readonly role: ProjectRole },
  ctx: CallContext,
): Promise<void> {
  const { lists, roles } = region;
  const words = roles.wordsFor(member.role);
  const granted = await lists.granted(member.userExternalId, ctx);
  const isHere = ({ projectId }: Granted) => projectId === member.projectExternalId;
  const conflicting = granted.find((one) => !isHere(one) && roles.ours([one]).length > 0 && !isOne(words, one));
  if (conflicting !== undefined)
    throw new AppError("ST631", { cause: new Error(`another role is on project ${conflicting.projectId}`) });
  if (!granted.some((one) => isHere(one) && isOne(words, one))) await grant(region, member, words, ctx);
  const others = granted.filter((one) => isHere(one) && !isOne(words, one));
  for (const other of roles.ours(others)) await revoke(region, member, other, ctx);
}

/** See CloudRegion.removeMember. */
export async function removeMember(region: Region, member: CloudMember, ctx: CallContext): Promise<boolean> {
  const granted = await lists(region, member, ctx);
  const ours = region.roles.ours(granted);
  for (const words of ours) await revoke(region, member, words, ctx);
  const keys = await region.keys.removeAll(member, ctx);
  return ours.length + keys > 0;
}

/** Takes our roles on the project from all accounts of ours: there is no list of a project's members. */
export async function removeAllMembers(region: Region, projectExternalId: string, ctx: CallContext): Promise<void> {
  for (const { id } of (await region.lists.users(ctx)).filter(({ name }) => isOurs(name)))
    await removeMember(region, { projectExternalId, userExternalId: id }, ctx);
}

/** Takes our roles from the account, on all projects. */
export async function removeEverywhere(region: Region, { id }: User, ctx: CallContext): Promise<void> {
  const granted = await region.lists.granted(id, ctx);
  const projects = granted.filter((one) => region.roles.ours([one]).length > 0).map(({ projectId }) => projectId);
  for (const projectExternalId of new Set(projects))
    await removeMember(region, { projectExternalId, userExternalId: id }, ctx);
}

/** What the member has on this project. */
async function lists(region: Region, member: CloudMember, ctx: CallContext): Promise<Granted[]> {
  const granted = await region.lists.granted(member.userExternalId, ctx);
  return granted.filter(({ projectId }) => projectId === member.projectExternalId);
}

async function grant(region: Region, member: CloudMember, words: Words, ctx: CallContext): Promise<void> {
  const send = () => region.api.call("PUT", pathOf(member, words), ctx);
  const look = async () => ((await lists(region, member, ctx)).some((one) => isOne(words, one)) ? true : undefined);
  try {
    await confirm({ send, look, refused: ({ cause }) => fault("ST615", cause) }, ctx);
  } catch (error) {
    // Accepted and not listed, or refused: the role has another id there, or what it was to be given to is gone.
    if (error instanceof AppError && (error.code === "ST605" || error.code === "ST615"))
      throw (await missing(region, member, ctx)) ?? fault("ST615", error, unlisted(words));
    throw error;
  }
  tellOfPolicies(member.userExternalId);
}

async function revoke(region: Region, member: CloudMember, words: Words, ctx: CallContext): Promise<void> {
  await confirm(
    {
      send: () => region.api.call("DELETE", pathOf(member, words), ctx),
      look: async () => ((await lists(region, member, ctx)).some((one) => isOne(words, one)) ? undefined : true),
      refused: stillThere(({ cause }) => fault("ST605", cause)),
    },
    ctx,
  );
}

/** Which of the two is not listed any more. */
async function missing(region: Region, member: CloudMember, ctx: CallContext): Promise<Error | undefined> {
  if (!(await region.lists.projects(ctx)).some(({ id }) => id === member.projectExternalId))
    return fault("ST613", new Error(`project ${member.projectExternalId} is not listed`));
  if (!(await region.lists.users(ctx)).some(({ id }) => id === member.userExternalId))
    return fault("ST614", new Error(`account ${member.userExternalId} is not listed`));
  return undefined;
}

function unlisted([word]: Words): string {
  return `The role ${word} was asked for at the cloud provider, and is not listed afterwards.`;
}

function pathOf({ projectExternalId, userExternalId }: CloudMember, [word]: Words): string {
  const [project, user] = [encodeURIComponent(projectExternalId), encodeURIComponent(userExternalId)];
  return `/identity/projects/${project}/users/${user}/roles/${encodeURIComponent(word)}`;
}
