// Keystone looked at without our adapter: what a test compares with, and how it prepares situations.
import { randomBytes } from "node:crypto";
import type { OpenStackRegion } from "../../../server/providers/openstack/config.ts";

interface Row {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly description: string;
  readonly steward_id?: string;
}

export interface Runner {
  readonly projectId: string;
  readonly userId: string;
  readonly login: Pick<OpenStackRegion, "username" | "password" | "projectName">;
}

export interface RawKeystone {
  /** Projects that carry this key. */
  projects(key: string): Promise<Row[]>;
  project(id: string): Promise<{ enabled: boolean; description: string } | undefined>;
  users(name: string): Promise<Row[]>;
  hasRole(name: string): boolean;
  /** Names, sorted. */
  roles(projectId: string, userId: string): Promise<string[]>;
  grant(projectId: string, userId: string, role: string): Promise<void>;
  /** Access ids. */
  credentials(userId: string): Promise<string[]>;
  revokeToken(token: string): Promise<void>;
  enableProject(id: string, enabled: boolean): Promise<void>;
  remove(kind: "users" | "projects", id: string): Promise<void>;
  /** An account of its own with a project of its own, to sign in with. */
  makeRunner(role?: string): Promise<Runner>;
  /** Removes what carries a key of ours or was made by makeRunner. */
  cleanUp(): Promise<void>;
  /** Any request; the answer's status and body. */
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }>;
}

interface Lists {
  projects: Row[];
  users: Row[];
  roles: Row[];
  credentials: { access: string }[];
}

/** Signs in as the administrator of a region whose authUrl ends in /v3. */
export async function signInRaw(region: OpenStackRegion): Promise<RawKeystone> {
  const user = { name: region.username, domain: { name: region.userDomainName }, password: region.password };
  const scope = { project: { name: region.projectName, domain: { name: region.projectDomainName } } };
  const auth = { identity: { methods: ["password"], password: { user } }, scope };
  const signedIn = await fetch(`${region.authUrl}/auth/tokens`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ auth }),
  });
  const token = signedIn.headers.get("x-subject-token");
  await signedIn.text();
  if (token === null) throw new Error(`signing in answered ${signedIn.status}`);

  const request = async (method: string, path: string, body?: unknown, more: Record<string, string> = {}) => {
    const response = await fetch(region.authUrl + path, {
      method,
      headers: {
        "x-auth-token": token,
        connection: "close", // a real one ends kept connections without saying so
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...more,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  };
  const must = async (method: string, path: string, body?: unknown, more?: Record<string, string>) => {
    const answer = await request(method, path, body, more);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status} ${answer.text}`);
    return answer.text;
  };
  const list = async <K extends keyof Lists>(name: K, path: string): Promise<Lists[K]> =>
    (JSON.parse(await must("GET", path)) as Lists)[name];
  const roleIds = new Map((await list("roles", "/roles")).map(({ id, name }) => [name, id]));
  const grant = async (projectId: string, userId: string, role: string) => {
    await must("PUT", `/projects/${projectId}/users/${userId}/roles/${roleIds.get(role)}`);
  };

  return {
    projects: async (key) => (await list("projects", "/projects")).filter((row) => row.steward_id === key),
    async project(id) {
      const answer = await request("GET", `/projects/${id}`);
      if (answer.status === 404) return undefined;
      const { enabled, description } = (JSON.parse(answer.text) as { project: Row }).project;
      return { enabled, description };
    },
    users: (name) => list("users", `/users?name=${encodeURIComponent(name)}`),
    hasRole: (name) => roleIds.has(name),
    roles: async (p, u) => (await list("roles", `/projects/${p}/users/${u}/roles`)).map((row) => row.name).sort(),
    grant,
    credentials: async (u) => (await list("credentials", `/users/${u}/credentials/OS-EC2`)).map((row) => row.access),
    revokeToken: async (subject) => {
      await must("DELETE", "/auth/tokens", undefined, { "x-subject-token": subject });
    },
    enableProject: async (id, enabled) => {
      await must("PATCH", `/projects/${id}`, { project: { enabled } });
    },
    remove: async (kind, id) => {
      await must("DELETE", `/${kind}/${id}`);
    },
    async makeRunner(role = "admin") {
      const name = `runner-${randomBytes(5).toString("hex")}`;
      const password = randomBytes(18).toString("base64url");
      const steward_id = "runner";
      const project = JSON.parse(
        await must("POST", "/projects", { project: { name, domain_id: "default", steward_id } }),
      ) as { project: Row };
      const made = JSON.parse(
        await must("POST", "/users", { user: { name, domain_id: "default", password, steward_id } }),
      ) as { user: Row };
      await grant(project.project.id, made.user.id, role);
      return {
        projectId: project.project.id,
        userId: made.user.id,
        login: { username: name, password, projectName: name },
      };
    },
    async cleanUp() {
      for (const kind of ["users", "projects"] as const) {
        for (const row of await list(kind, `/${kind}`))
          if (row.steward_id !== undefined) await must("DELETE", `/${kind}/${row.id}`);
      }
    },
    ask: request,
  };
}
