// Accounts at Keystone, named like our users. They get no password: nobody can sign in with one, access is by credential.

import type { StewardError } from "steward/errors";
import { z } from "zod";
import type { CloudUser, NameHolder } from "../cloud.ts";
import type { CallContext } from "../http.ts";
import { checkOwner, DATABASE, findOrMake, makeOrFind, marking, OWNER, removable } from "./adopt.ts";
import { fault, messageOf, read } from "./answers.ts";
import type { Keystone, Reply } from "./keystone.ts";

const User = z.looseObject({ id: z.string(), name: z.string(), enabled: z.boolean(), email: z.string().nullish() });
type User = z.infer<typeof User>;

const One = z.object({ user: User });
const Many = z.object({ users: z.array(User) });

/** See CloudRegion.ensureUser. */
export async function ensureUser(
  keystone: Keystone,
  user: CloudUser,
  ctx: CallContext,
): Promise<{ externalId: string; enabled: boolean }> {
  // Who has no id here yet is most likely new. Names are unique in a domain: Keystone refuses a second account (409).
  const ensure = user.externalId === null ? makeOrFind : findOrMake;
  const found = await ensure(
    {
      find: () => findUser(keystone, user, ctx),
      make: async () => {
        const fields = {
          ...wantedOf(user),
          domain_id: await keystone.domainId(ctx),
          [OWNER]: user.key,
          [DATABASE]: user.mark,
        };
        return keystone.call("POST", "/users", ctx, { user: fields });
      },
      read: (reply) => read(One, reply.answer).user,
      refused: (reply) => refused(reply),
    },
    ctx,
  );
  const marked = marking(found, user.mark);
  if (marked !== undefined) {
    const reply = await keystone.call("PATCH", pathOf(found.id), ctx, { user: marked });
    if (!reply.ok) throw fault("ST614", reply.cause);
  }
  return { externalId: found.id, enabled: found.enabled };
}

/** See CloudRegion.renameUser. */
export async function renameUser(keystone: Keystone, user: CloudUser, ctx: CallContext): Promise<boolean> {
  const found = await lookUp(keystone, user, ctx);
  if (found === undefined) return false;
  checkOwner(found, user);
  if (found[OWNER] !== user.key) return false;
  const marked = marking(found, user.mark);
  const wanted = wantedOf(user);
  if (marked === undefined && found.name === wanted.name && (found.email ?? null) === wanted.email) return true;
  const reply = await keystone.call("PATCH", pathOf(found.id), ctx, { user: { ...wanted, ...marked } });
  if (!reply.ok && reply.missing !== "user") throw refused(reply);
  return reply.ok;
}

/** See CloudRegion.findHolder. */
export async function findHolder(keystone: Keystone, name: string, ctx: CallContext): Promise<NameHolder | undefined> {
  const found = await searchUser(keystone, name.trim(), ctx);
  const owner = found?.[OWNER];
  return found && { key: typeof owner === "string" ? owner : null, name: found.name };
}

/** Keystone cuts spaces at both ends off itself, and then does not find the name with them. */
export function wantedOf({ name, email }: CloudUser): { name: string; email: string | null } {
  return { name: name.trim(), email };
}

/** See CloudRegion.removeUser. Keystone removes grants and credentials with it. */
export async function removeUser(
  keystone: Keystone,
  user: Pick<CloudUser, "key" | "name" | "externalId"> & { readonly mark: string | null },
  ctx: CallContext,
): Promise<boolean> {
  const found = removable(await lookUp(keystone, user, ctx), user);
  if (found === undefined) return false;
  const reply = await keystone.call("DELETE", pathOf(found.id), ctx);
  if (!reply.ok && reply.missing !== "user") throw fault("ST605", reply.cause);
  return reply.ok;
}

async function findUser(keystone: Keystone, user: CloudUser, ctx: CallContext): Promise<User | undefined> {
  const found = await lookUp(keystone, user, ctx);
  if (found === undefined || found[OWNER] === user.key) return found;
  checkOwner(found, user);
  throw taken(new Error(`user ${found.id} carries ${OWNER} ${String(found[OWNER])}, not ${user.key}`));
}

/** By its id at the provider, else by its name; it may be somebody else's. */
export async function lookUp(
  keystone: Keystone,
  user: Pick<CloudUser, "name" | "externalId">,
  ctx: CallContext,
): Promise<User | undefined> {
  const known = user.externalId === null ? undefined : await getUser(keystone, user.externalId, ctx);
  const name = user.name.trim();
  return known ?? (name === "" ? undefined : await searchUser(keystone, name, ctx));
}

async function getUser(keystone: Keystone, id: string, ctx: CallContext): Promise<User | undefined> {
  const reply = await keystone.call("GET", pathOf(id), ctx);
  if (reply.missing === "user") return undefined;
  if (!reply.ok) throw fault("ST605", reply.cause);
  return read(One, reply.answer).user;
}

async function searchUser(keystone: Keystone, name: string, ctx: CallContext): Promise<User | undefined> {
  const query = new URLSearchParams({ name, domain_id: await keystone.domainId(ctx) });
  const reply = await keystone.call("GET", `/users?${query}`, ctx);
  if (!reply.ok) throw fault("ST605", reply.cause);
  // It depends on Keystone's database whether letter case and accents matter; by its own lights whatever it answers has this name.
  // One at most: more would be an answer to another question.
  const { users } = read(Many, reply.answer);
  return users.find((one) => one.name === name) ?? (users.length === 1 ? users[0] : undefined);
}

function taken(cause: Error): StewardError {
  return fault("ST610", cause);
}

/** Says why a user is refused, as far as the provider's own words are understood; not who, for the sentence outlives the user. */
function refused(reply: Reply): StewardError {
  if (reply.status === 409) return taken(reply.cause);
  const message = messageOf(reply.answer);
  if (!/\bname\b/i.test(message)) return fault("ST609", reply.cause, "The cloud provider refuses the user.");
  return fault("ST609", reply.cause, `The cloud provider refuses the user's name: ${reasonFor(message)}.`);
}

function reasonFor(message: string): string {
  if (/is too long/.test(message)) return "it is too long";
  if (/is too short/.test(message)) return "it is too short";
  if (/does not match/.test(message)) return "it does not have the form that is asked for";
  return "it is not allowed";
}

function pathOf(id: string): string {
  return `/users/${encodeURIComponent(id)}`;
}
