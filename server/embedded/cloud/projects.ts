// Projects of the embedded cloud: found by name and tags, made, changed, removed with all that hangs on them.
import { type Answer, badRequest, conflict, list, NO_CONTENT, notFound } from "./answers.ts";
import type { Call } from "./call.ts";
import { DOMAIN, newId, type Project, type Store } from "./store.ts";
import { readFields } from "./validate.ts";

const OWN = new Set([
  "id",
  "name",
  "domain_id",
  "description",
  "enabled",
  "tags",
  "parent_id",
  "is_domain",
  "options",
  "links",
  "extra",
]);

/** GET /projects; what it does not know as a filter it ignores, as Keystone does. */
export function listProjects(store: Store, { query, url }: Call): Answer {
  const named = query.get("name");
  const found = named === null ? [...store.projects.all()] : [store.projects.named(named)].flatMap((row) => row ?? []);
  const tags = query.get("tags")?.split(",") ?? [];
  const wanted = (row: Project) => isWanted(row, query) && tags.every((tag) => row.tags.includes(tag));
  return list(
    "projects",
    found.filter(wanted).map((row) => show(row, url)),
    url,
  );
}

/** POST /projects. */
export function createProject(store: Store, { body, url }: Call): Answer {
  const fields = readFields("project", body, false);
  const id = newId();
  checkDomain(fields["domain_id"]);
  const blank = { id, name: "", domain_id: DOMAIN.id, description: "", enabled: true, tags: [], extra: {} };
  const project = change(blank, fields);
  checkName(store, project);
  store.projects.put(project);
  return { status: 201, body: { project: show(project, `${url}/${id}`) } };
}

/** GET /projects/{id}. */
export function getProject(store: Store, { url }: Call, id: string): Answer {
  return { status: 200, body: { project: show(find(store, id), url) } };
}

/** PATCH /projects/{id}. */
export function updateProject(store: Store, { body, url }: Call, id: string): Answer {
  const before = find(store, id);
  const project = change(before, readFields("project", body, true));
  // Keystone fails over this conflict, and ends the connection without an answer.
  if (isTaken(store, project)) throw new Error(`another project is called ${project.name}`);
  store.projects.put(project);
  return { status: 200, body: { project: { ...show(project, url), extra: project.extra } } };
}

/** DELETE /projects/{id}, with its grants and credentials. */
export function deleteProject(store: Store, _call: Call, id: string): Answer {
  find(store, id);
  for (const user of store.users.all()) {
    const credentials = user.credentials.filter((credential) => credential.tenant_id !== id);
    if (user.grants[id] === undefined && credentials.length === user.credentials.length) continue;
    const { [id]: _gone, ...grants } = user.grants;
    store.users.put({ ...user, grants, credentials });
  }
  store.projects.delete(id);
  return NO_CONTENT;
}

/** True if a row fits the filters that projects and users share. */
export function isWanted(row: { domain_id: string; enabled: boolean }, query: URLSearchParams): boolean {
  const [domain, enabled] = [query.get("domain_id"), query.get("enabled")];
  return (
    (domain === null || domain === row.domain_id) &&
    (enabled === null || (enabled.toLowerCase() !== "false") === row.enabled)
  );
}

function find(store: Store, id: string): Project {
  const project = store.projects.get(id);
  if (project === undefined) throw notFound("project", id);
  return project;
}

function change(project: Project, fields: Readonly<Record<string, unknown>>): Project {
  const { name, description, enabled, tags } = fields;
  return {
    ...project,
    name: typeof name === "string" ? name.trim() : project.name,
    description: description === null ? "" : typeof description === "string" ? description : project.description,
    enabled: typeof enabled === "boolean" ? enabled : project.enabled,
    tags: Array.isArray(tags) ? tags.map(String) : project.tags,
    extra: { ...project.extra, ...extraOf(fields, OWN) },
  };
}

/** The attributes that are not Keystone's own. */
export function extraOf(fields: Readonly<Record<string, unknown>>, own: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !own.has(name)));
}

function checkDomain(domain: unknown): void {
  if (typeof domain === "string" && domain !== DOMAIN.id) throw badRequest(`Could not find domain: ${domain}.`);
}

function isTaken(store: Store, { id, name }: Project): boolean {
  return (store.projects.named(name)?.id ?? id) !== id;
}

/** The id in the message is the refused project's, of no use to anybody. */
function checkName(store: Store, project: Project): void {
  if (!isTaken(store, project)) return;
  const { id, name } = project;
  throw conflict(
    `Conflict occurred attempting to store project - it is not permitted to have two projects with either the same name or same id in the same domain: name is ${name}, project id ${id}.`,
  );
}

function show({ extra, ...project }: Project, self: string) {
  return { ...extra, ...project, parent_id: DOMAIN.id, is_domain: false, options: {}, links: { self } };
}
