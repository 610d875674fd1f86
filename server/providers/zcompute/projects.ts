// Projects at zCompute. By default people make, change and remove them and Steward adopts them: nothing public says what the calls want.
import { EngineError } from "steward/errors";
import type { CloudProject } from "../cloud.ts";
import type { CallContext } from "../http.ts";
import { fault, nameIsHeld, notAllowed } from "./answers.ts";
import type { Reply } from "./api.ts";
import { confirm, stillThere } from "./confirm.ts";
import type { Project } from "./lists.ts";
import { removeAllMembers } from "./members.ts";
import { isSameName, markFor, markIn, projectNameFor } from "./names.ts";
import type { Region } from "./region.ts";

type Ref = Pick<CloudProject, "key" | "externalId">;
type Change = Partial<Pick<Project, "enabled" | "description">>;

/** See CloudRegion.ensureProject. Waits for the network, where projects need one. */
export async function ensureProject(
  region: Region,
  project: CloudProject,
  ctx: CallContext,
): Promise<{ externalId: string }> {
  const found = (await findOwn(region, project, ctx)) ?? (await makeProject(region, project, ctx));
  await change(region, found, { enabled: project.enabled, description: describe(project, project.mark) }, ctx);
  if (region.allowed.needsNetwork && !(await region.lists.hasNetwork(found.id, ctx)))
    throw new EngineError("ST407", {
      sentence: "The project's network at the cloud provider is not ready yet.",
      retryAfterMs: 30_000,
    });
  return { externalId: found.id };
}

/** See CloudRegion.setProjectEnabled. */
export async function setProjectEnabled(
  region: Region,
  project: Ref,
  enabled: boolean,
  ctx: CallContext,
): Promise<boolean> {
  const found = await find(region, project, ctx);
  if (found === undefined && project.externalId === null) return false;
  await change(region, checkName(found, project.key), { enabled }, ctx);
  return true;
}

/** See CloudRegion.renameProject: the name there never changes, the description may. */
export async function renameProject(
  region: Region,
  project: Omit<CloudProject, "enabled" | "mark">,
  ctx: CallContext,
): Promise<void> {
  const found = checkName(await find(region, project, ctx), project.key);
  const mark = markIn(found.description ?? "");
  if (mark === undefined) throw notOurs(found, "ST612");
  await change(region, found, { description: describe(project, mark) }, ctx);
}

/** See CloudRegion.removeProject. Whether grants go with a project nobody says: they are taken first. */
export async function removeProject(
  region: Region,
  project: Ref & { readonly mark: string | null },
  ctx: CallContext,
): Promise<boolean> {
  const found = await find(region, project, ctx);
  if (found === undefined) return false;
  const isOwn = isSameName(found.name, projectNameFor(project.key)) && markIn(found.description ?? "") === project.mark;
  if (!isOwn && project.mark !== null) throw notOurs(found, "ST619");
  if (region.allowed.removeProjects !== true) throw notAllowed("remove projects");
  await removeAllMembers(region, found.id, ctx);
  await confirm(
    {
      send: () => region.api.call("DELETE", pathOf(found.id), ctx),
      look: async () => ((await byId(region, found.id, ctx)) === undefined ? true : undefined),
      refused: stillThere(({ cause }) =>
        fault("ST611", cause, "The cloud provider does not remove the project; something may still be in it."),
      ),
    },
    ctx,
  );
  return true;
}

/** The project of ours, by its id there or its name, with our mark on it. ST612 not ours, ST619 another database's. */
async function findOwn(region: Region, project: CloudProject, ctx: CallContext): Promise<Project | undefined> {
  const found = await find(region, project, ctx);
  if (found === undefined) return undefined;
  const mark = markIn(checkName(found, project.key).description ?? "");
  if (mark === project.mark) return found;
  throw notOurs(found, mark === undefined ? "ST612" : "ST619");
}

/** By its id there, else by its name; it may be somebody else's. ST612 if two have the name. */
export async function find(
  { lists }: Region,
  { key, externalId }: Ref,
  ctx: CallContext,
): Promise<Project | undefined> {
  const all = await lists.projects(ctx);
  const known = all.find(({ id }) => id === externalId);
  const [named, another] = all.filter(({ name }) => isSameName(name, projectNameFor(key)));
  if (named !== undefined && another !== undefined)
    throw fault("ST612", new Error(`${named.id} and ${another.id} are both called ${projectNameFor(key)}`));
  return known ?? named;
}

async function makeProject(region: Region, project: CloudProject, ctx: CallContext): Promise<Project> {
  const { api, allowed } = region;
  const name = projectNameFor(project.key);
  if (allowed.createProjects === undefined)
    throw fault(
      "ST611",
      new Error(`there is no project ${name} to adopt`),
      `At this cloud provider people make the projects. Make one called ${name}, with ${markFor(project.mark)} in its description.`,
    );
  const fields = { ...allowed.createProjects, name, description: describe(project, project.mark) };
  return confirm(
    {
      send: async () => api.call("POST", "/identity/projects", ctx, { ...fields, domain_id: await api.domainId(ctx) }),
      look: () => findOwn(region, project, ctx),
      refused: (reply) => refusedMaking(reply),
    },
    ctx,
  );
}

function refusedMaking({ status, cause }: Reply): Error {
  return status === 409 ? nameIsHeld(cause) : fault("ST611", cause);
}

/** Changes what is different, as far as that is allowed: the description is people's business otherwise, but not whether it is enabled. */
async function change(region: Region, found: Project, wanted: Change, ctx: CallContext): Promise<void> {
  const isRight = (seen: Project, { enabled, description }: Change) =>
    (enabled ?? seen.enabled) === seen.enabled && (description ?? seen.description ?? "") === (seen.description ?? "");
  if (region.allowed.changeProjects !== true) {
    if (wanted.enabled === undefined || wanted.enabled === found.enabled) return;
    throw notAllowed(wanted.enabled ? "enable projects" : "disable projects");
  }
  if (isRight(found, wanted)) return;
  await confirm(
    {
      send: () => region.api.call("PUT", pathOf(found.id), ctx, wanted),
      look: async () => {
        const seen = await byId(region, found.id, ctx);
        if (seen === undefined) throw fault("ST613", new Error(`project ${found.id} is not listed any more`));
        return isRight(seen, wanted) ? seen : undefined;
      },
      refused: stillThere(({ cause }) => fault("ST611", cause)),
    },
    ctx,
  );
}

async function byId({ lists }: Region, id: string, ctx: CallContext): Promise<Project | undefined> {
  return (await lists.projects(ctx)).find((one) => one.id === id);
}

/** ST613 gone; ST612 somebody renamed it, so that nothing says any more that it is ours. */
function checkName(found: Project | undefined, key: string): Project {
  if (found === undefined) throw fault("ST613", new Error(`no project is listed for ${key}`));
  if (!isSameName(found.name, projectNameFor(key))) throw notOurs(found, "ST612");
  return found;
}

function notOurs({ id, name, description }: Project, code: "ST612" | "ST619"): Error {
  return fault(
    code,
    new Error(`project ${id} is called ${name}, with the mark ${markIn(description ?? "") ?? "of nobody"}`),
  );
}

/** The description of a project of ours: what people called it, and the mark. */
export function describe({ name, description }: Pick<CloudProject, "name" | "description">, mark: string): string {
  return `${description === "" ? name : `${name}: ${description}`} ${markFor(mark)}`;
}

function pathOf(id: string): string {
  return `/identity/projects/${encodeURIComponent(id)}`;
}
