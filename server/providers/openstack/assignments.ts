// Who has which role on a project. Members of one project are synced many at a time, so those who ask at once share one list.
import { z } from "zod";
import type { CloudMember } from "../cloud.ts";
import type { CallContext } from "../http.ts";
import { createSharing, SHARED } from "../shared.ts";
import { fault, read } from "./answers.ts";
import type { Keystone } from "./keystone.ts";

export interface Assignments {
  /** The ids of the roles that each user has on the project itself, asked for now. ST613 if the project is gone, as far as Keystone says. */
  list(projectExternalId: string, ctx: CallContext): Promise<Granted>;
  /** Those of one user, read after this call began. ST613 project gone, ST614 user gone. */
  of(member: CloudMember, ctx: CallContext): Promise<readonly string[]>;
}

type Granted = ReadonlyMap<string, readonly string[]>;

const Listed = z.object({
  /** Keystone cuts lists at its `list_limit`, where its operator has set one. */
  truncated: z.boolean().optional(),
  role_assignments: z.array(
    z.object({
      role: z.object({ id: z.string() }),
      user: z.object({ id: z.string() }).nullish(),
      scope: z.object({ "OS-INHERIT:inherited_to": z.string().optional() }).optional(),
    }),
  ),
});
const Single = z.object({ roles: z.array(z.object({ id: z.string() })) });

/** Reading longer lists again and again would cost more than a request for each member. */
const LONG = 1_000;

/** The assignments of one region. */
export function createAssignments(keystone: Keystone): Assignments {
  const share = createSharing((projectExternalId) => fetchList(projectExternalId, SHARED));
  const long = new Set<string>();

  async function fetchList(projectExternalId: string, ctx: CallContext): Promise<Granted> {
    const query = new URLSearchParams({ "scope.project.id": projectExternalId });
    const reply = await keystone.call("GET", `/role_assignments?${query}`, ctx);
    if (reply.missing === "project") throw fault("ST613", reply.cause);
    if (!reply.ok) throw fault("ST605", reply.cause);
    const { role_assignments: all, truncated } = read(Listed, reply.answer);
    if (truncated === true || all.length > LONG) long.add(projectExternalId);
    if (truncated === true)
      throw fault("ST605", new Error(`Keystone cut its list of the roles on ${projectExternalId}`));
    const granted = new Map<string, string[]>();
    for (const { user, role, scope } of all) {
      if (!user || scope?.["OS-INHERIT:inherited_to"] !== undefined) continue;
      granted.set(user.id, [...(granted.get(user.id) ?? []), role.id]);
    }
    return granted;
  }

  async function ofOne(member: CloudMember, ctx: CallContext): Promise<readonly string[]> {
    const reply = await keystone.call("GET", rolesPath(member), ctx);
    if (reply.missing === "project") throw fault("ST613", reply.cause);
    if (reply.missing === "user") throw fault("ST614", reply.cause);
    if (!reply.ok) throw fault("ST605", reply.cause);
    return read(Single, reply.answer).roles.map(({ id }) => id);
  }

  return {
    list: fetchList,
    async of(member, ctx) {
      const { projectExternalId, userExternalId } = member;
      if (long.has(projectExternalId)) return ofOne(member, ctx);
      const granted = await share(projectExternalId, ctx.signal);
      return granted.get(userExternalId) ?? [];
    },
  };
}

/** Where the user's roles on the project are. */
export function rolesPath({ projectExternalId, userExternalId }: CloudMember): string {
  return `/projects/${encodeURIComponent(projectExternalId)}/users/${encodeURIComponent(userExternalId)}/roles`;
}
