// Projects at Keystone. Names there are unique in their domain and at most 64 characters, ours are neither: a project is named after
// our id, which fits every provider's rules, and carries its human name in the description.
import { z } from "zod";
import type { CloudProject } from "../cloud.ts";
import type { CallContext } from "../http.ts";
import { checkOwner, DATABASE, findOrMake, marking, OWNER, removable } from "./adopt.ts";
import { fault, read } from "./answers.ts";
import type { Keystone, Reply } from "./keystone.ts";

const Project = z.looseObject({
  id: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  enabled: z.boolean(),
});
type Project = z.infer<typeof Project>;

const One = z.object({ project: Project });
const Many = z.object({ projects: z.array(Project) });

/** Marks all of ours, for people and for searches. */
const TAG = "steward";

/** What a project is called at the provider. */
export function projectNameFor(key: string): string {
  return `sd-${key.toLowerCase()}`;
}

/** See CloudRegion.ensureProject. */
export async function ensureProject(
  keystone: Keystone,
  project: CloudProject,
  ctx: CallContext,
): Promise<{ externalId: string }> {
  const wanted = { description: describeProject(project), enabled: project.enabled };
  const name = projectNameFor(project.key);
  const found = await findOrMake(
    {
      find: () => findProject(keystone, project, ctx),
      make: async () => {
        const fields = {
          name,
          domain_id: await keystone.domainId(ctx),
          ...wanted,
          tags: [TAG],
          [OWNER]: project.key,
          [DATABASE]: project.mark,
        };
        return keystone.call("POST", "/projects", ctx, { project: fields });
      },
      read: (reply) => read(One, reply.answer).project,
      refused: (reply) => fault(reply.status === 409 ? "ST612" : "ST611", reply.cause),
    },
    ctx,
  );
  const marked = marking(found, project.mark);
  if (marked || found.enabled !== wanted.enabled || (found.description ?? "") !== wanted.description) {
    checkUpdated(await keystone.call("PATCH", pathOf(found.id), ctx, { project: { ...wanted, ...marked } }));
  }
  return { externalId: found.id };
}

/** See CloudRegion.setProjectEnabled. */
export async function setProjectEnabled(
  keystone: Keystone,
  project: Pick<CloudProject, "key" | "externalId">,
  enabled: boolean,
  ctx: CallContext,
): Promise<boolean> {
  const found = await findOwn(keystone, project, ctx);
  if (project.externalId !== null && found?.id !== project.externalId)
    throw fault("ST613", new Error(`project ${project.externalId} is gone`));
  if (found === undefined) return false;
  checkUpdated(await keystone.call("PATCH", pathOf(found.id), ctx, { project: { enabled } }));
  return true;
}

/** See CloudRegion.renameProject. */
export async function renameProject(
  keystone: Keystone,
  project: Omit<CloudProject, "enabled">,
  ctx: CallContext,
): Promise<void> {
  const found = await findOwn(keystone, project, ctx);
  if (found === undefined) throw fault("ST613", new Error(`there is no project of ours for ${project.key}`));
  const marked = marking(found, project.mark);
  const description = describeProject(project);
  if (marked !== undefined || (found.description ?? "") !== description)
    checkUpdated(await keystone.call("PATCH", pathOf(found.id), ctx, { project: { description, ...marked } }));
  // Its name is as it was made, unless somebody changed it there.
  await giveName(keystone, found, project, ctx);
}

/**
 * Gives a project of ours the name that belongs to its key. Keystone ends the connection without an answer if another project has
 * that name, so it is looked for first. Another one of ours that somebody gave it gets its own back; ST612 if it is not ours.
 */
async function giveName(
  keystone: Keystone,
  found: Project,
  { key, mark }: Pick<CloudProject, "key" | "mark">,
  ctx: CallContext,
): Promise<void> {
  const name = projectNameFor(key);
  if (found.name === name) return;
  const rename = async (to: string) =>
    checkUpdated(await keystone.call("PATCH", pathOf(found.id), ctx, { project: { name: to } }));
  const holder = await searchProject(keystone, name, ctx);
  if (holder !== undefined && holder.id !== found.id) {
    // Two may have each other's name, or more of them in a ring.
    if (isMisnamed(holder, mark)) await rename(`${name}-waits`);
    await giveBack(keystone, holder, mark, ctx);
  }
  await rename(name);
}

/** Gives a project that has the name of another one the name that is its own. ST612 if it is not ours. */
async function giveBack(keystone: Keystone, holder: Project, mark: string, ctx: CallContext): Promise<void> {
  if (!isMisnamed(holder, mark))
    throw fault("ST612", new Error(`project ${holder.id} carries ${OWNER} ${String(holder[OWNER])}`));
  await giveName(keystone, holder, { key: holder[OWNER], mark }, ctx);
}

/** Made by this database, and called otherwise than it called it. */
function isMisnamed(found: Project, mark: string): found is Project & { readonly [OWNER]: string } {
  const key = found[OWNER];
  return typeof key === "string" && found[DATABASE] === mark && found.name !== projectNameFor(key);
}

/** See CloudRegion.removeProject. Keystone removes grants and credentials with it. */
export async function removeProject(
  keystone: Keystone,
  project: Pick<CloudProject, "key" | "externalId"> & { readonly mark: string | null },
  ctx: CallContext,
): Promise<boolean> {
  const found = removable(await lookUp(keystone, project, ctx), project);
  if (found === undefined) return false;
  const reply = await keystone.call("DELETE", pathOf(found.id), ctx);
  if (!reply.ok && reply.missing !== "project") throw fault("ST605", reply.cause);
  return reply.ok;
}

async function findOwn(
  keystone: Keystone,
  project: Pick<CloudProject, "key" | "externalId">,
  ctx: CallContext,
): Promise<Project | undefined> {
  const found = await lookUp(keystone, project, ctx);
  if (found !== undefined) checkOwner(found, project);
  return found?.[OWNER] === project.key ? found : undefined;
}

async function findProject(keystone: Keystone, project: CloudProject, ctx: CallContext): Promise<Project | undefined> {
  const found = await lookUp(keystone, project, ctx);
  if (found === undefined || found[OWNER] === project.key) return found;
  checkOwner(found, project);
  await giveBack(keystone, found, project.mark, ctx);
  return undefined;
}

/** By its id at the provider, else by its name; it may be somebody else's. */
export async function lookUp(
  keystone: Keystone,
  { key, externalId }: Pick<CloudProject, "key" | "externalId">,
  ctx: CallContext,
): Promise<Project | undefined> {
  const known = externalId === null ? undefined : await getProject(keystone, externalId, ctx);
  return known ?? (await searchProject(keystone, projectNameFor(key), ctx));
}

async function getProject(keystone: Keystone, id: string, ctx: CallContext): Promise<Project | undefined> {
  const reply = await keystone.call("GET", pathOf(id), ctx);
  if (reply.missing === "project") return undefined;
  if (!reply.ok) throw fault("ST605", reply.cause);
  return read(One, reply.answer).project;
}

async function searchProject(keystone: Keystone, name: string, ctx: CallContext): Promise<Project | undefined> {
  const query = new URLSearchParams({ name, domain_id: await keystone.domainId(ctx) });
  const reply = await keystone.call("GET", `/projects?${query}`, ctx);
  if (!reply.ok) throw fault("ST605", reply.cause);
  // As of users' names: it depends on Keystone's database whether letter case matters.
  const { projects } = read(Many, reply.answer);
  return projects.find((one) => one.name === name) ?? (projects.length === 1 ? projects[0] : undefined);
}

function checkUpdated(reply: Reply): void {
  if (reply.missing === "project") throw fault("ST613", reply.cause);
  if (!reply.ok) throw fault("ST611", reply.cause);
}

export function describeProject({ name, description }: Pick<CloudProject, "name" | "description">): string {
  return description === "" ? name : `${name}: ${description}`;
}

function pathOf(id: string): string {
  return `/projects/${encodeURIComponent(id)}`;
}
