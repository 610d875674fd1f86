// A Keystone, embedded or real, as the conformance suite needs it.

import type { CloudMember } from "../../../../server/providers/cloud.ts";
import type { OpenStackRegion } from "../../../../server/providers/openstack/config.ts";
import { createOpenStack } from "../../../../server/providers/openstack/index.ts";
import { signInRaw } from "../raw-keystone.ts";
import { openProxy } from "./proxy.ts";
import type { RegionBench } from "./regions.ts";

/** At the Keystone of `region`, whose authUrl ends in /v3. */
export async function openStackBench(region: OpenStackRegion): Promise<RegionBench & { close(): Promise<void> }> {
  const raw = await signInRaw(region);
  const proxy = await openProxy(region.authUrl);
  const strangers: string[] = [];
  const full = raw.hasRole("manager") ? "manager" : "member";

  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await raw.ask(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
  const rolesPath = ({ projectExternalId, userExternalId }: CloudMember) =>
    `/projects/${projectExternalId}/users/${userExternalId}/roles`;

  return {
    proxy,
    signIn: /\/auth\/tokens$/,
    connect: ({ url = proxy.url, secret = region.password, timeoutMs } = {}) =>
      createOpenStack({
        regions: [{ ...region, authUrl: url, password: secret }],
        ...(timeoutMs !== undefined && { timeoutMs }),
      }).in(region.name),
    roles: { owner: full, admin: full, member: "member", viewer: "reader" },
    hasNames: true,
    hasCredentials: true,
    unknownId: "0".repeat(32),
    byHand: {
      projects: async ({ key }) => (await raw.projects(key)).map(({ id, enabled }) => ({ externalId: id, enabled })),
      disableProject: (id) => raw.enableProject(id, false),
      users: async ({ name }) => (await raw.users(name)).map(({ id, enabled }) => ({ externalId: id, enabled })),
      async makeUser(name) {
        const { user } = await ask<{ user: { id: string } }>("POST", "/users", {
          user: { name, domain_id: "default" },
        });
        strangers.push(user.id);
      },
      changeUser: (id, user) => ask("PATCH", `/users/${id}`, { user }),
      roles: ({ projectExternalId, userExternalId }) => raw.roles(projectExternalId, userExternalId),
      async revoke(member) {
        const { roles } = await ask<{ roles: { id: string }[] }>("GET", rolesPath(member));
        for (const { id } of roles) await ask("DELETE", `${rolesPath(member)}/${id}`);
      },
      async credentials({ projectExternalId, userExternalId }) {
        const { credentials } = await ask<{ credentials: { access: string; tenant_id: string }[] }>(
          "GET",
          `/users/${userExternalId}/credentials/OS-EC2`,
        );
        return credentials.flatMap(({ access, tenant_id }) => (tenant_id === projectExternalId ? access : [])).sort();
      },
    },
    async close() {
      await proxy.close();
      for (const id of strangers) await raw.remove("users", id);
      await raw.cleanUp();
    },
  };
}
