// The lists that everything here is read from. zCompute refuses filters by name and tells little about single things, so whole lists
// are read, and callers who ask at once share one.
import { z } from "zod";
import type { CallContext } from "../http.ts";
import { createSharing, SHARED } from "../shared.ts";
import { fault, readList } from "./answers.ts";
import type { Api } from "./api.ts";

const Row = z.object({ id: z.string(), name: z.string(), domain_id: z.string().nullish() });

const Project = Row.extend({
  description: z.string().nullish(),
  enabled: z.boolean().default(true),
  is_domain: z.boolean().nullish(),
});
export type Project = z.infer<typeof Project>;

const User = Row.extend({
  email: z.string().nullish(),
  enabled: z.boolean().default(true),
  system_user: z.boolean().nullish(),
});
export type User = z.infer<typeof User>;

const Assignment = z.object({
  role: z.object({ id: z.string().optional(), name: z.string().optional() }),
  user: z.object({ id: z.string() }).nullish(),
  scope: z.object({ project: z.object({ id: z.string() }).nullish() }).nullish(),
});

const Vpc = z.object({ project_id: z.string().nullish(), state: z.string().nullish() });

/** A role that a user has on a project; what it is called by depends. */
export interface Granted {
  readonly projectId: string;
  readonly role: { readonly id?: string | undefined; readonly name?: string | undefined };
}

/** Each as it is now. */
export interface Lists {
  /** The projects of the account. */
  projects(ctx: CallContext): Promise<readonly Project[]>;
  /** The people of the account. */
  users(ctx: CallContext): Promise<readonly User[]>;
  /** What the user has on projects; nothing for one who is not there. */
  granted(userId: string, ctx: CallContext): Promise<readonly Granted[]>;
  /** Whether the project has a network that can be used. */
  hasNetwork(projectId: string, ctx: CallContext): Promise<boolean>;
}

/** The lists of one region. */
export function createLists(api: Api): Lists {
  const projects = createSharing(async (domainId) => {
    const rows = readList(
      "projects",
      Project,
      await api.list(`/identity/projects?${of({ domain_id: domainId })}`, SHARED),
    );
    return rows.filter((row) => row.is_domain !== true && isOf(domainId, row));
  });
  const users = createSharing(async (domainId) => {
    const rows = readList("users", User, await api.list(`/identity/users?${of({ domain_id: domainId })}`, SHARED));
    return rows.filter((row) => row.system_user !== true && isOf(domainId, row));
  });
  const vpcs = createSharing(async () => readList("vpcs", Vpc, await api.list("/vpcs", SHARED)));

  return {
    projects: async (ctx) => projects(await api.domainId(ctx), ctx.signal),
    users: async (ctx) => users(await api.domainId(ctx), ctx.signal),
    async granted(userId, ctx) {
      const path = `/identity/role_assignments?${of({ "user.id": userId })}`;
      const answer = await api.listIfThere(path, ctx);
      if (answer === undefined) {
        const isThere = (await users(await api.domainId(ctx), ctx.signal)).some(({ id }) => id === userId);
        if (isThere) throw fault("ST607", new Error(`GET ${path} answered 404`));
        return [];
      }
      return readList("role_assignments", Assignment, answer).flatMap(({ role, user, scope }) => {
        const projectId = scope?.project?.id;
        return projectId === undefined || (user && user.id !== userId) ? [] : [{ projectId, role }];
      });
    },
    async hasNetwork(projectId, ctx) {
      const rows = await vpcs("", ctx.signal);
      return rows.some(({ project_id, state }) => project_id === projectId && state === "available");
    },
  };
}

/** Rows of other accounts are not ours to see, should the list ignore its filter. */
function isOf(domainId: string, { domain_id }: { domain_id?: string | null | undefined }): boolean {
  return domain_id === undefined || domain_id === null || domain_id === domainId;
}

function of(query: Record<string, string>): string {
  return new URLSearchParams(query).toString();
}
