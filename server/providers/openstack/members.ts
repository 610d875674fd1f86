// Who may do what on a project: exactly one of our roles, or none and no credential either.
import { z } from "zod";
import type { CloudMember, ProjectRole } from "../cloud.ts";
import type { CallContext } from "../http.ts";
import { fault, read } from "./answers.ts";
import { type Assignments, rolesPath } from "./assignments.ts";
import { listCredentials, removeCredential } from "./credentials.ts";
import type { Keystone, Reply } from "./keystone.ts";
import type { Roles } from "./roles.ts";

const Many = z.object({ roles: z.array(z.object({ id: z.string() })) });

/** See CloudRegion.ensureMember. The new role is given before others are taken: nobody is without access in between. */
export async function ensureMember(
  { keystone, roles, assignments }: { keystone: Keystone; roles: Roles; assignments: Assignments },
  member: CloudMember & { readonly role: ProjectRole },
  ctx: CallContext,
): Promise<void> {
  const [wanted, managed] = [await roles.idFor(member.role, ctx), await roles.managed(ctx)];
  const granted = await assignments.of(member, ctx);
  if (!granted.includes(wanted)) await grant(keystone, roles, member, wanted, ctx);
  for (const id of granted) {
    if (id !== wanted && managed.has(id)) await revoke(keystone, member, id, ctx);
  }
}

/** See CloudRegion.removeMember. Revoking a role leaves the credentials in Keystone's list, so they are removed as well. */
export async function removeMember(
  keystone: Keystone,
  roles: Roles,
  member: CloudMember,
  ctx: CallContext,
): Promise<boolean> {
  const managed = await roles.managed(ctx);
  const reply = await keystone.call("GET", rolesPath(member), ctx);
  if (reply.missing === "project" || reply.missing === "user") return false;
  if (!reply.ok) throw fault("ST605", reply.cause);
  const granted = read(Many, reply.answer).roles.filter((role) => managed.has(role.id));
  for (const { id } of granted) await revoke(keystone, member, id, ctx);
  const credentials = (await listCredentials(keystone, member, ctx)) ?? [];
  for (const { access } of credentials) await removeCredential(keystone, member, access, ctx);
  return granted.length + credentials.length > 0;
}

async function grant(
  keystone: Keystone,
  roles: Roles,
  member: CloudMember,
  roleId: string,
  ctx: CallContext,
): Promise<void> {
  const reply = await keystone.call("PUT", `${rolesPath(member)}/${roleId}`, ctx);
  if (reply.missing === "role") roles.forget();
  if (!reply.ok) throw gone(reply);
}

async function revoke(keystone: Keystone, member: CloudMember, roleId: string, ctx: CallContext): Promise<void> {
  const reply = await keystone.call("DELETE", `${rolesPath(member)}/${roleId}`, ctx);
  // Whatever of it is missing, the user does not have the role any more.
  if (!reply.ok && reply.missing === undefined) throw fault("ST605", reply.cause);
}

function gone(reply: Reply): Error {
  if (reply.missing === "project") return fault("ST613", reply.cause);
  if (reply.missing === "user") return fault("ST614", reply.cause);
  return fault(reply.missing === "role" ? "ST615" : "ST605", reply.cause);
}
