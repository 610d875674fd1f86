// Access keys (OS-EC2): the kind of credential that an administrator may make and remove for somebody else.
import { z } from "zod";
import type { CloudCredential, CloudMember } from "../cloud.ts";
import type { CallContext } from "../http.ts";
import { fault, read } from "./answers.ts";
import type { Keystone } from "./keystone.ts";

const One = z.object({ credential: z.object({ access: z.string(), secret: z.string() }) });
const Many = z.object({ credentials: z.array(z.object({ access: z.string(), tenant_id: z.string() })) });

/** See CloudRegion.createCredential. */
export async function createCredential(
  keystone: Keystone,
  member: CloudMember,
  ctx: CallContext,
): Promise<CloudCredential> {
  const reply = await keystone.call("POST", pathOf(member), ctx, { tenant_id: member.projectExternalId });
  if (reply.missing === "project") throw fault("ST613", reply.cause);
  if (reply.missing === "user") throw fault("ST614", reply.cause);
  if (!reply.ok) throw fault("ST605", reply.cause);
  const { access, secret } = read(One, reply.answer).credential;
  return { access, secret };
}

/** See CloudRegion.keepCredential. */
export async function keepCredential(
  keystone: Keystone,
  member: CloudMember & { readonly access: string },
  ctx: CallContext,
): Promise<number> {
  const all = await listCredentials(keystone, member, ctx);
  const others = (all ?? []).filter(({ access }) => access !== member.access);
  if (all === undefined || others.length === all.length) {
    throw fault("ST616", new Error(`user ${member.userExternalId} does not have credential ${member.access}`));
  }
  for (const { access } of others) await removeCredential(keystone, member, access, ctx);
  return others.length;
}

/** The user's credentials on this project; undefined if there is no such user. */
export async function listCredentials(
  keystone: Keystone,
  member: CloudMember,
  ctx: CallContext,
): Promise<{ access: string }[] | undefined> {
  const reply = await keystone.call("GET", pathOf(member), ctx);
  if (reply.missing === "user") return undefined;
  if (!reply.ok) throw fault("ST605", reply.cause);
  return read(Many, reply.answer).credentials.filter((one) => one.tenant_id === member.projectExternalId);
}

/** Gone afterwards, whether it was there or not. */
export async function removeCredential(
  keystone: Keystone,
  member: CloudMember,
  access: string,
  ctx: CallContext,
): Promise<void> {
  const reply = await keystone.call("DELETE", `${pathOf(member)}/${encodeURIComponent(access)}`, ctx);
  if (!reply.ok && reply.missing === undefined) throw fault("ST605", reply.cause);
}

function pathOf({ userExternalId }: CloudMember): string {
  return `/users/${encodeURIComponent(userExternalId)}/credentials/OS-EC2`;
}
