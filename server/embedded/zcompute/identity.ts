// Projects, users and grants at the stand-in: flat bodies, changes by PUT, roles by name in the address.
import { type Answer, forbidden, refused } from "./answers.ts";
import { newId, type Project, ROLES, type Store, type User } from "./store.ts";
import type { TrapControl } from "./traps.ts";

export interface Call {
  readonly method: string;
  /** Without /api/v2. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

type Handler = (call: Call, ids: readonly [string, string, string]) => Answer;

/** Answers a call; throws a Refusal for all but success. */
export function createIdentity(store: Store, { switches }: TrapControl): (call: Call) => Answer {
  let made = 0;
  const roleIds = new Map(ROLES.map((name) => [name as string, newId()]));

  function list(name: string, rows: readonly unknown[]): Answer {
    return { status: 200, body: switches.wrapped ? { [name]: rows } : rows };
  }

  function inAccount<T extends Project | User>(rows: Map<string, T>, { query }: Call): T[] {
    if (query.has("name")) throw refused(400, "Additional properties are not allowed ('name' was unexpected)");
    const domain = query.get("domain_id");
    return [...rows.values()].filter((row) => domain === null || switches.ignoresFilters || row.domain_id === domain);
  }

  /** Some rows do not say that they are enabled. */
  function show({ name, enabled, ...row }: Project | User, index: number): unknown {
    const { password: _, isBusy: __, ...rest } = { password: "", isBusy: false, ...row };
    return {
      ...rest,
      name: switches.shouts ? name.toUpperCase() : name,
      ...(enabled && index % 2 === 1 ? {} : { enabled }),
    };
  }

  function checkName(rows: Map<string, Project | User>, name: unknown, own?: string): void {
    if (typeof name !== "string" || name === "") throw refused(400, "'name' is a required property");
    for (const row of rows.values())
      if (row.id !== own && row.name.toLowerCase() === name.toLowerCase()) throw refused(409, `${name} already exists`);
  }

  function find<T>(rows: Map<string, T>, id: string): T {
    const row = rows.get(id);
    if (row === undefined) throw refused(404, `${id} was not found`);
    return row;
  }

  function removeGrants(isDoomed: (grant: { userId: string; projectId: string }) => boolean): void {
    for (const grant of store.grants.filter(isDoomed)) store.grants.splice(store.grants.indexOf(grant), 1);
  }

  function listAssignments({ query }: Call): Answer {
    const userId = query.get("user.id");
    const rows = store.grants
      .filter((grant) => switches.ignoresFilters || grant.userId === userId)
      .flatMap(({ userId, projectId, role }) =>
        [role, "policy:_member_FullAccess", "strato-policy:FullAccess"].map((name) => ({
          role: { id: switches.hexRoles ? (roleIds.get(name) ?? name) : name },
          user: { id: userId },
          scope: { project: { id: projectId } },
        })),
      );
    return list("role_assignments", [...rows, { role: { id: "_member_" }, scope: { domain: { id: store.domainId } } }]);
  }

  const createUser: Handler = ({ body }) => {
    for (const field of ["name", "email", "password", "project_id", "domain_id", "must_change_password"])
      if (!(field in body)) throw refused(400, `'${field}' is a required property`);
    checkName(store.users, body["name"]);
    if (!/^(?=.*\d)(?=.*[a-z])(?=.*[^\w\s]).{8,}$/i.test(textOf(body["password"])))
      throw refused(400, "The password does not match the requirements");
    if (!/^([^@\s]+@[^@\s]+)?$/.test(textOf(body["email"]))) throw refused(400, "'email' is not a mail address");
    const [name, email, password] = [body["name"], body["email"], body["password"]].map(textOf);
    const user = store.addUser({ name: name ?? "", email: email ?? "", password: password ?? "" });
    const status = [200, 201, 204][made++ % 3] ?? 200;
    return status === 204 ? { status } : { status, body: { id: user.id, name: user.name } };
  };

  const createProject: Handler = ({ body }) => {
    checkName(store.projects, body["name"]);
    if (body["is_vpc"] === true && typeof body["ip_pool_id"] !== "string")
      throw refused(400, "'ip_pool_id' is a required property");
    const project = store.addProject({ name: textOf(body["name"]), description: textOf(body["description"]) });
    if (body["is_vpc"] === true) store.vpcs.set(project.id, switches.vpcStaysPending ? "pending" : "available");
    return { status: 201, body: { id: project.id } };
  };

  function change<T extends Project | User>(rows: Map<string, T>, { body }: Call, id: string): Answer {
    const row = find(rows, id);
    if (body["name"] !== undefined) checkName(rows, body["name"], id);
    for (const field of ["name", "email", "description", "enabled", "password"])
      if (field in body) Object.assign(row, { [field]: body[field] });
    return { status: 200, body: { message: "updated" } };
  }

  function deleteProject(id: string): Answer {
    if (find(store.projects, id).isBusy) throw refused(409, "The project still has resources");
    store.projects.delete(id);
    return { status: 200, body: { message: "deleted" } };
  }

  function deleteUser(id: string): Answer {
    find(store.users, id);
    store.users.delete(id);
    removeGrants(({ userId }) => userId === id);
    return { status: 200, body: { message: "deleted" } };
  }

  function grant([projectId, userId, word]: readonly [string, string, string], isGiven: boolean): Answer {
    find(store.projects, projectId);
    find(store.users, userId);
    const role = ROLES.find((name) => name === word || roleIds.get(name) === word);
    if (role === undefined) throw refused(404, `role ${word} was not found`);
    removeGrants(
      (one) => one.userId === userId && one.projectId === projectId && (one as { role?: string }).role === role,
    );
    if (isGiven) store.grants.push({ projectId, userId, role });
    return { status: 204 };
  }

  const routes: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
    ["GET", /^\/identity\/projects$/, (call) => list("projects", inAccount(store.projects, call).map(show))],
    ["POST", /^\/identity\/projects$/, createProject],
    ["GET", /^\/identity\/projects\/([^/]+)$/, (_, [id]) => ({ status: 200, body: show(find(store.projects, id), 0) })],
    ["PUT", /^\/identity\/projects\/([^/]+)$/, (call, [id]) => change(store.projects, call, id)],
    ["DELETE", /^\/identity\/projects\/([^/]+)$/, (_, [id]) => deleteProject(id)],
    ["GET", /^\/identity\/users$/, (call) => list("users", inAccount(store.users, call).map(show))],
    ["POST", /^\/identity\/users$/, createUser],
    ["PUT", /^\/identity\/users\/([^/]+)$/, (call, [id]) => change(store.users, call, id)],
    ["DELETE", /^\/identity\/users\/([^/]+)$/, (_, [id]) => deleteUser(id)],
    ["PUT", /^\/identity\/projects\/([^/]+)\/users\/([^/]+)\/roles\/([^/]+)$/, (_, ids) => grant(ids, true)],
    ["DELETE", /^\/identity\/projects\/([^/]+)\/users\/([^/]+)\/roles\/([^/]+)$/, (_, ids) => grant(ids, false)],
    ["GET", /^\/identity\/role_assignments$/, listAssignments],
    [
      "GET",
      /^\/identity\/roles$/,
      () =>
        list(
          "roles",
          [...roleIds].map(([name, id]) => ({ id: switches.hexRoles ? id : name, name })),
        ),
    ],
    ["GET", /^\/identity\/domains$/, () => list("domains", [{ id: store.domainId, name: "acme", enabled: true }])],
    [
      "GET",
      /^\/vpcs$/,
      () =>
        list(
          "vpcs",
          [...store.vpcs].map(([project_id, state]) => ({ id: newId(), project_id, state })),
        ),
    ],
  ];

  return (call) => {
    if (switches.readOnly && call.method !== "GET") throw forbidden("identity:write");
    for (const [method, path, handle] of routes) {
      const match = method === call.method ? path.exec(call.path) : null;
      if (match !== null)
        return handle(
          call,
          [match[1] ?? "", match[2] ?? "", match[3] ?? ""].map(decodeURIComponent) as [string, string, string],
        );
    }
    throw refused(404, `${call.path} was not found`);
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
