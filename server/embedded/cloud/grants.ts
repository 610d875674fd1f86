// Who has which role on which project in the embedded cloud.
import { type Answer, list, NO_CONTENT, notFound } from "./answers.ts";
import type { Call } from "./call.ts";
import type { Role, Store } from "./store.ts";
import { findUser } from "./users.ts";

/** GET /roles, by name or all. */
export function listRoles(store: Store, { query, url }: Call): Answer {
  const named = query.get("name");
  const found = named === null ? [...store.roles.all()] : [store.roles.named(named)].flatMap((row) => row ?? []);
  return list(
    "roles",
    found.map((role) => show(role, url)),
    url,
  );
}

/** GET /projects/{p}/users/{u}/roles. */
export function listGrants(store: Store, { url }: Call, projectId: string, userId: string): Answer {
  const roles = find(store, projectId, userId).granted.flatMap((id) => store.roles.get(id) ?? []);
  return list(
    "roles",
    roles.map((role) => show(role, url)),
    url,
  );
}

/** PUT /projects/{p}/users/{u}/roles/{r}: there afterwards, whether new or not. */
export function grant(store: Store, _call: Call, projectId: string, userId: string, roleId: string): Answer {
  const { user, granted } = find(store, projectId, userId);
  if (store.roles.get(roleId) === undefined) throw notFound("role", roleId);
  if (!granted.includes(roleId)) {
    store.users.put({ ...user, grants: { ...user.grants, [projectId]: [...granted, roleId] } });
  }
  return NO_CONTENT;
}

/** HEAD of the same: 204 if granted. */
export function checkGrant(store: Store, _call: Call, projectId: string, userId: string, roleId: string): Answer {
  if (!find(store, projectId, userId).granted.includes(roleId)) throw notGranted(projectId, userId, roleId);
  return NO_CONTENT;
}

/** DELETE of the same: 404 if not granted. An unknown user is no different from one without the role. */
export function revoke(store: Store, _call: Call, projectId: string, userId: string, roleId: string): Answer {
  if (store.projects.get(projectId) === undefined) throw notFound("project", projectId);
  if (store.roles.get(roleId) === undefined) throw notFound("role", roleId);
  const user = store.users.get(userId);
  const granted = user?.grants[projectId] ?? [];
  if (user === undefined || !granted.includes(roleId)) throw notGranted(projectId, userId, roleId);
  const { [projectId]: _all, ...others } = user.grants;
  const left = granted.filter((id) => id !== roleId);
  store.users.put({ ...user, grants: left.length === 0 ? others : { ...others, [projectId]: left } });
  return NO_CONTENT;
}

/** GET /role_assignments, filtered by `scope.project.id` and `user.id`. */
export function listAssignments(store: Store, { query, url }: Call): Answer {
  const [projectId, userId] = [query.get("scope.project.id"), query.get("user.id")];
  const users = userId === null ? [...store.users.all()] : [store.users.get(userId)].flatMap((row) => row ?? []);
  const rows = users.flatMap((user) =>
    Object.entries(user.grants)
      .filter(([id]) => projectId === null || id === projectId)
      .flatMap(([id, roles]) =>
        roles.map((role) => ({
          user: { id: user.id },
          scope: { project: { id } },
          role: { id: role },
          links: { assignment: url },
        })),
      ),
  );
  return list("role_assignments", rows, url);
}

function find(store: Store, projectId: string, userId: string) {
  const user = findUser(store, userId);
  if (store.projects.get(projectId) === undefined) throw notFound("project", projectId);
  return { user, granted: user.grants[projectId] ?? [] };
}

function notGranted(projectId: string, userId: string, roleId: string) {
  return notFound(
    "role assignment with role",
    `${roleId}, user or group: ${userId}, project, domain, or system: ${projectId}`,
  );
}

function show(role: Role, self: string) {
  return { ...role, domain_id: null, description: null, options: { immutable: true }, links: { self } };
}
