// What the stand-in for zCompute holds, in memory. Tests read and change it as a person at the console would.
import { randomUUID } from "node:crypto";

export interface Project {
  readonly id: string;
  name: string;
  description: string;
  enabled: boolean;
  readonly domain_id: string;
  readonly is_domain: boolean;
  readonly is_vpc: boolean;
  /** Something is in it: it is not deleted. */
  isBusy: boolean;
}

export interface User {
  readonly id: string;
  name: string;
  email: string;
  enabled: boolean;
  readonly domain_id: string;
  readonly system_user: boolean;
  password: string;
}

export interface Grant {
  readonly userId: string;
  readonly projectId: string;
  readonly role: string;
}

export interface Key {
  readonly access: string;
  readonly secret: string;
  readonly userId: string;
  readonly projectId: string;
}

export interface Store {
  readonly domainId: string;
  readonly projects: Map<string, Project>;
  readonly users: Map<string, User>;
  readonly grants: Grant[];
  readonly keys: Key[];
  /** State by project id. */
  readonly vpcs: Map<string, "pending" | "available">;
  addProject(fields: Partial<Project> & Pick<Project, "name">): Project;
  addUser(fields: Partial<User> & Pick<User, "name">): User;
}

export const ROLES = ["_member_", "tenant_admin", "msp_admin"] as const;

/** 32 hex digits. */
export function newId(): string {
  return randomUUID().replaceAll("-", "");
}

/** An account with what others have found in one: a row for the account itself among the projects, and users of the system. */
export function createStore(): Store {
  const domainId = newId();
  const projects = new Map<string, Project>();
  const users = new Map<string, User>();
  const store: Store = {
    domainId,
    projects,
    users,
    grants: [],
    keys: [],
    vpcs: new Map(),
    addProject(fields) {
      const project = {
        id: newId(),
        description: "",
        enabled: true,
        domain_id: domainId,
        is_domain: false,
        is_vpc: true,
        isBusy: false,
        ...fields,
      };
      projects.set(project.id, project);
      return project;
    },
    addUser(fields) {
      const user = {
        id: newId(),
        email: "",
        enabled: true,
        domain_id: domainId,
        system_user: false,
        password: "",
        ...fields,
      };
      users.set(user.id, user);
      return user;
    },
  };
  store.addProject({ id: domainId, name: "acme", is_domain: true });
  store.addUser({ name: "system-metering", system_user: true });
  return store;
}
