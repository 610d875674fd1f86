// The cloud provider OpenStack: projects, users, roles and access keys at a Keystone v3 for each region.
import { AppError } from "../../errors.ts";
import type { Cloud, CloudRegion } from "../cloud.ts";
import { createHttp } from "../http.ts";
import { createAssignments } from "./assignments.ts";
import { compareMembers, compareProject, compareUser } from "./compare.ts";
import { DEFAULT_ROLES, type OpenStackConfig, type OpenStackRegion } from "./config.ts";
import { createCredential, keepCredential } from "./credentials.ts";
import { createKeystone, TROUBLE } from "./keystone.ts";
import { ensureMember, removeMember } from "./members.ts";
import { ensureProject, removeProject, renameProject, setProjectEnabled } from "./projects.ts";
import { createRoles } from "./roles.ts";
import { ensureUser, findHolder, removeUser, renameUser } from "./users.ts";

/** The provider. Make it once per process: its steps share tokens, role ids and the bound on calls at once. Nothing is asked yet. */
export function createOpenStack(config: OpenStackConfig): Cloud {
  const regions = new Map(config.regions.map((region) => [region.name, openRegion(region, config)]));
  return {
    name: config.name ?? "openstack",
    regions: [...regions.keys()],
    defaultRegion: config.regions[0]?.name ?? "",
    in(name) {
      const region = regions.get(name);
      if (region === undefined) throw new AppError("ST617", { sentence: `There is no cloud region "${name}".` });
      return region;
    },
  };
}

function openRegion(region: OpenStackRegion, config: OpenStackConfig): CloudRegion {
  const http = createHttp({
    codes: TROUBLE,
    maxInFlight: config.maxInFlight,
    timeoutMs: config.timeoutMs,
    ca: config.ca,
  });
  const keystone = createKeystone(region, http);
  const roles = createRoles(keystone, { ...DEFAULT_ROLES, ...config.roles });
  const assignments = createAssignments(keystone);
  return {
    ensureProject: (project, ctx) => ensureProject(keystone, project, ctx),
    setProjectEnabled: (project, enabled, ctx) => setProjectEnabled(keystone, project, enabled, ctx),
    renameProject: (project, ctx) => renameProject(keystone, project, ctx),
    removeProject: (project, ctx) => removeProject(keystone, project, ctx),
    ensureUser: (user, ctx) => ensureUser(keystone, user, ctx),
    renameUser: (user, ctx) => renameUser(keystone, user, ctx),
    findHolder: (name, ctx) => findHolder(keystone, name, ctx),
    removeUser: (user, ctx) => removeUser(keystone, user, ctx),
    ensureMember: (member, ctx) => ensureMember({ keystone, roles, assignments }, member, ctx),
    removeMember: (member, ctx) => removeMember(keystone, roles, member, ctx),
    compareProject: (project, ctx) => compareProject(keystone, project, ctx),
    compareUser: (user, ctx) => compareUser(keystone, user, ctx),
    compareMembers: (expected, ctx) => compareMembers({ keystone, roles, assignments }, expected, ctx),
    createCredential: (member, ctx) => createCredential(keystone, member, ctx),
    keepCredential: (member, ctx) => keepCredential(keystone, member, ctx),
  };
}
