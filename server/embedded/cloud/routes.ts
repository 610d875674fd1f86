// Which address does what in the embedded cloud: the part of Keystone v3 that an adapter needs.
import { type Answer, list, noSuchAddress, wrongMethod } from "./answers.ts";
import type { Call } from "./call.ts";
import * as credentials from "./credentials.ts";
import type { FaultControl } from "./faults.ts";
import * as grants from "./grants.ts";
import * as projects from "./projects.ts";
import type { Store } from "./store.ts";
import type { Tokens } from "./tokens.ts";
import * as users from "./users.ts";

interface Parts {
  readonly store: Store;
  readonly tokens: Tokens;
  readonly faults: FaultControl;
  readonly region: string;
}

/** Gets the segments of the address that stand for ids. */
type Handler = (call: Call, ids: readonly [string, string, string]) => Answer | Promise<Answer>;

interface Route {
  readonly path: RegExp;
  /** By method; the name of the action as Keystone's policy calls it, and what it does. `null`: no token needed. */
  readonly methods: Readonly<Record<string, readonly [action: string | null, handler: Handler]>>;
}

/** Answers a call; throws a Refusal for everything but success. */
export function createRouter(parts: Parts): (call: Call) => Promise<Answer> {
  const routes = createRoutes(parts);
  return async (call) => {
    for (const route of routes) {
      const match = route.path.exec(call.path);
      if (match === null) continue;
      const [action, handle] = route.methods[call.method] ?? [];
      if (handle === undefined) throw wrongMethod();
      if (action) parts.tokens.authorize(call.token, `identity:${action}`);
      return handle(call, [match[1] ?? "", match[2] ?? "", match[3] ?? ""]);
    }
    throw noSuchAddress();
  };
}

function createRoutes({ store, tokens, faults, region }: Parts): readonly Route[] {
  const { isRefused } = faults;
  return [
    {
      path: /^\/$/,
      methods: { GET: [null, ({ url }) => ({ status: 200, body: { version: version(url) } })] },
    },
    {
      path: /^\/auth\/tokens$/,
      methods: {
        POST: [null, ({ body }) => tokens.signIn(body)],
        DELETE: ["revoke_token", ({ subjectToken }) => tokens.revoke(subjectToken)],
      },
    },
    {
      path: /^\/regions$/,
      methods: {
        GET: [
          null,
          ({ url }) =>
            list("regions", [{ id: region, description: "", parent_region_id: null, links: { self: url } }], url),
        ],
      },
    },
    {
      path: /^\/projects$/,
      methods: {
        GET: ["list_projects", (call) => projects.listProjects(store, call)],
        POST: ["create_project", (call) => projects.createProject(store, call)],
      },
    },
    {
      path: /^\/projects\/([^/]+)$/,
      methods: {
        GET: ["get_project", (call, [id]) => projects.getProject(store, call, id)],
        PATCH: ["update_project", (call, [id]) => projects.updateProject(store, call, id)],
        DELETE: ["delete_project", (call, [id]) => projects.deleteProject(store, call, id)],
      },
    },
    {
      path: /^\/projects\/([^/]+)\/users\/([^/]+)\/roles$/,
      methods: { GET: ["list_grants", (call, [p, u]) => grants.listGrants(store, call, p, u)] },
    },
    {
      path: /^\/projects\/([^/]+)\/users\/([^/]+)\/roles\/([^/]+)$/,
      methods: {
        HEAD: ["check_grant", (call, [p, u, r]) => grants.checkGrant(store, call, p, u, r)],
        PUT: ["create_grant", (call, [p, u, r]) => grants.grant(store, call, p, u, r)],
        DELETE: ["revoke_grant", (call, [p, u, r]) => grants.revoke(store, call, p, u, r)],
      },
    },
    {
      path: /^\/role_assignments$/,
      methods: { GET: ["list_role_assignments", (call) => grants.listAssignments(store, call)] },
    },
    { path: /^\/roles$/, methods: { GET: ["list_roles", (call) => grants.listRoles(store, call)] } },
    {
      path: /^\/users$/,
      methods: {
        GET: ["list_users", (call) => users.listUsers(store, call)],
        POST: ["create_user", (call) => users.createUser(store, call, isRefused)],
      },
    },
    {
      path: /^\/users\/([^/]+)$/,
      methods: {
        GET: ["get_user", (call, [id]) => users.getUser(store, call, id)],
        PATCH: ["update_user", (call, [id]) => users.updateUser(store, call, id, tokens, isRefused)],
        DELETE: ["delete_user", (_call, [id]) => users.deleteUser(store, id)],
      },
    },
    {
      path: /^\/users\/([^/]+)\/credentials\/OS-EC2$/,
      methods: {
        GET: ["ec2_list_credentials", (call, [u]) => credentials.listCredentials(store, call, u)],
        POST: ["ec2_create_credential", (call, [u]) => credentials.createCredential(store, call, u)],
      },
    },
    {
      path: /^\/users\/([^/]+)\/credentials\/OS-EC2\/([^/]+)$/,
      methods: {
        GET: ["ec2_get_credential", (call, [u, access]) => credentials.getCredential(store, call, u, access)],
        DELETE: ["ec2_delete_credential", (call, [u, access]) => credentials.deleteCredential(store, call, u, access)],
      },
    },
  ];
}

function version(url: string) {
  const type = "application/vnd.openstack.identity-v3+json";
  return {
    id: "v3.14",
    status: "stable",
    updated: "2020-04-07T00:00:00Z",
    links: [{ rel: "self", href: url }],
    "media-types": [{ base: "application/json", type }],
  };
}
