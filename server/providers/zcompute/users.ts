// Accounts at zCompute. They are named after our id, for nothing else there says whose they are; people find them by their address.
import { randomBytes } from "node:crypto";
import type { CloudUser } from "../cloud.ts";
import type { CallContext } from "../http.ts";
import { fault, nameIsHeld, tellOfPolicies } from "./answers.ts";
import type { Reply } from "./api.ts";
import { confirm, stillThere } from "./confirm.ts";
import type { User } from "./lists.ts";
import { removeEverywhere } from "./members.ts";
import { isSameName, type Own, userNameFor, userPrefixFor } from "./names.ts";
import type { Region } from "./region.ts";

/** See CloudRegion.ensureUser. */
export async function ensureUser(
  region: Region,
  user: CloudUser,
  ctx: CallContext,
): Promise<{ externalId: string; enabled: boolean }> {
  const found = (await findOwn(region, user, ctx)) ?? (await makeUser(region, user, ctx));
  return { externalId: found.id, enabled: found.enabled };
}

/** See CloudRegion.renameUser: the name there never changes, the address may. */
export async function renameUser(region: Region, user: CloudUser, ctx: CallContext): Promise<boolean> {
  const found = await findOwn(region, user, ctx);
  if (found === undefined) return false;
  const email = user.email ?? "";
  if ((found.email ?? "") === email) return true;
  const seen = await confirm(
    {
      send: () => region.api.call("PUT", pathOf(found.id), ctx, { email }),
      look: async () => {
        const now = await byId(region, found.id, ctx);
        if (now === undefined) return "gone";
        return (now.email ?? "") === email ? "changed" : undefined;
      },
      refused: stillThere(refusedAddress),
    },
    ctx,
  );
  return seen === "changed";
}

/** See CloudRegion.removeUser. Whether grants go with an account nobody says: they are taken first. */
export async function removeUser(
  region: Region,
  user: Pick<CloudUser, "key" | "externalId"> & { readonly mark: string | null },
  ctx: CallContext,
): Promise<boolean> {
  const found = await findRemovable(region, user, ctx);
  if (found === undefined) return false;
  await removeEverywhere(region, found, ctx);
  await confirm(
    {
      send: () => region.api.call("DELETE", pathOf(found.id), ctx),
      look: async () => ((await byId(region, found.id, ctx)) === undefined ? true : undefined),
      refused: stillThere(({ cause }) => fault("ST605", cause)),
    },
    ctx,
  );
  return true;
}

/** The account with our name. ST610 if the one that we made has another name by now, or two have ours; ST619 another database's. */
async function findOwn(
  region: Region,
  user: Own & Pick<CloudUser, "externalId">,
  ctx: CallContext,
): Promise<User | undefined> {
  const named = await findNamed(region, user, ctx);
  if (named !== undefined || user.externalId === null) return named;
  const known = await byId(region, user.externalId, ctx);
  if (known !== undefined) throw fault("ST610", new Error(`account ${known.id} is called ${known.name} by now`));
  return undefined;
}

/** The account with our name, whatever was recorded. ST610 if two have it; ST619 if there is only one of another database. */
export async function findNamed({ lists }: Region, own: Own, ctx: CallContext): Promise<User | undefined> {
  const all = (await lists.users(ctx)).filter(({ name }) => isFor(own.key, name));
  const [named, another] = all.filter(({ name }) => isSameName(name, userNameFor(own)));
  if (named !== undefined && another !== undefined) throw twice(named, another);
  if (named === undefined && all[0] !== undefined)
    throw fault("ST619", new Error(`account ${all[0].id} is called ${all[0].name}, not ${userNameFor(own)}`));
  return named;
}

/** What an operator allowed to remove may have lost our name, or have that of another database. ST619 until it is allowed. */
async function findRemovable(
  region: Region,
  { key, mark, externalId }: Pick<CloudUser, "key" | "externalId"> & { readonly mark: string | null },
  ctx: CallContext,
): Promise<User | undefined> {
  const named = mark === null ? undefined : await findNamed(region, { key, mark }, ctx);
  if (named !== undefined) return named;
  const all = await region.lists.users(ctx);
  const [found, another] = all.filter(({ id, name }) => id === externalId || isFor(key, name));
  if (found !== undefined && another !== undefined) throw twice(found, another);
  if (found !== undefined && mark !== null)
    throw fault("ST619", new Error(`account ${found.id} is called ${found.name} by now`));
  return found;
}

function isFor(key: string, name: string): boolean {
  return name.toLowerCase().startsWith(userPrefixFor(key));
}

function twice(one: User, other: User): Error {
  return fault("ST610", new Error(`accounts ${one.id} and ${other.id} are called ${one.name} and ${other.name}`));
}

async function makeUser(region: Region, user: CloudUser, ctx: CallContext): Promise<User> {
  const { api } = region;
  const made = await confirm(
    {
      send: async () =>
        api.call("POST", "/identity/users", ctx, {
          name: userNameFor(user),
          email: user.email ?? "",
          password: makePassword(),
          project_id: "",
          domain_id: await api.domainId(ctx),
          must_change_password: false,
        }),
      look: () => findNamed(region, user, ctx),
      refused: refusedMaking,
    },
    ctx,
  );
  tellOfPolicies(made.id);
  return made;
}

/** One has to be given. Nobody is told it, and it is kept nowhere: access is by key. It has the letters, digits and signs that are asked for. */
function makePassword(): string {
  return `${randomBytes(24).toString("base64url")}-aA1!`;
}

function refusedMaking(reply: Reply): Error {
  return reply.status === 409 ? nameIsHeld(reply.cause) : refusedAddress(reply);
}

function refusedAddress({ cause }: Reply): Error {
  return fault("ST609", cause, "The cloud provider refuses the user, whose address is all that it is told.");
}

async function byId({ lists }: Region, id: string, ctx: CallContext): Promise<User | undefined> {
  return (await lists.users(ctx)).find((one) => one.id === id);
}

function pathOf(id: string): string {
  return `/identity/users/${encodeURIComponent(id)}`;
}
