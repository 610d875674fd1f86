// Makes, finds, repairs and removes accounts at a SCIM service. Looked for first: services keep userName unique, externalId seldom. A
// create whose answer says anything but "done" proves nothing, neither way: then the user is looked up again.
import type { StewardError } from "steward/errors";
import { AppError } from "../../errors.ts";
import { type Difference, differencesOf, GONE } from "../difference.ts";
import type { DriveAccount, DriveProfile, EnsuredAccount } from "../drive.ts";
import { type CallContext, ProviderTrouble } from "../http.ts";
import { isOk } from "./call.ts";
import { type Changes, refusal, type User, type Users } from "./users.ts";

/** What becomes of an account whose user was deleted. */
export type Removal = "delete" | "deactivate";

/** See Drive.ensureAccount. */
export async function ensureAccount(users: Users, account: DriveAccount, ctx: CallContext): Promise<EnsuredAccount> {
  const { externalId } = account;
  const found = (await users.find(externalId, ctx)) ?? (await makeOrFind(users, account, ctx));
  if (found === "made") return { externalId, adopted: false, isUnused: true };
  await adopt(users, account, found, ctx);
  return { externalId, adopted: true, isUnused: false }; // SCIM does not tell
}

async function makeOrFind(users: Users, account: DriveAccount, ctx: CallContext): Promise<"made" | User> {
  const doubt = await make(users, account, ctx);
  if (doubt === undefined) return "made";
  const found = await users.find(account.externalId, ctx);
  if (found === undefined) throw doubt;
  return found;
}

/** Undefined when it was made, else why it may or may not be there now. */
async function make(users: Users, account: DriveAccount, ctx: CallContext): Promise<StewardError | undefined> {
  const { externalId, password } = account;
  const attributes = { userName: externalId, externalId, active: true, password, ...profileOf(account) };
  try {
    const answer = await users.create(attributes, ctx);
    if (isOk(answer)) return undefined;
    const refused = refusal("create user", answer, attributes);
    if (answer.http === 409 || answer.http >= 500) return refused;
    throw refused;
  } catch (error) {
    if (error instanceof ProviderTrouble && error.mayHaveHappened && !ctx.signal.aborted) return error;
    throw error;
  }
}

async function adopt(users: Users, account: DriveAccount, found: User, ctx: CallContext): Promise<void> {
  if (found.active === false) throw new AppError("ST508");
  const { externalId, password, passwordIsNew } = account;
  const isThere = await users.change(
    found,
    (user) => ({
      ...(passwordIsNew && { password }),
      ...(!user.externalId && { externalId }),
      ...whatDiffers(account, user),
    }),
    ctx,
  );
  if (!isThere) throw new AppError("ST505", { cause: "the user was removed while it was adopted" });
  if (passwordIsNew) await account.onPasswordSet();
}

/** See Drive.updateAccount. */
export async function updateAccount(users: Users, account: DriveProfile, ctx: CallContext): Promise<boolean> {
  const found = await users.find(account.externalId, ctx);
  return found !== undefined && users.change(found, (user) => whatDiffers(account, user), ctx);
}

/** See Drive.compareAccount. */
export async function compareAccount(users: Users, account: DriveProfile, ctx: CallContext): Promise<Difference[]> {
  const found = await users.find(account.externalId, ctx);
  if (found === undefined) return [GONE];
  return differencesOf([
    ["enabled", "true", String(found.active !== false)],
    ["name", nameOf(account), found.displayName ?? null],
    ["email", account.email?.toLowerCase() ?? null, emailOf(found)],
  ]);
}

/** See Drive.removeAccount. SCIM does not tell who signed in when, so ST512 cannot happen. */
export async function removeAccount(
  users: Users,
  removal: Removal,
  externalId: string,
  ctx: CallContext,
): Promise<boolean> {
  const found = await users.find(externalId, ctx);
  if (found === undefined) return false;
  if (removal === "delete") return users.remove(found, ctx);
  return found.active !== false && users.change(found, () => ({ active: false }), ctx);
}

/** An adopted account loses all other addresses: by an old owner's a new password can be asked for. */
function profileOf(account: DriveProfile): { displayName: string; emails?: unknown } {
  const displayName = nameOf(account);
  return account.email === null
    ? { displayName }
    : { displayName, emails: [{ value: account.email, type: "work", primary: true }] };
}

function whatDiffers(account: DriveProfile, found: User): Changes {
  const { displayName, emails = null } = profileOf(account);
  return {
    ...(displayName !== found.displayName && { displayName }),
    ...((account.email?.toLowerCase() ?? null) !== emailOf(found) && { emails }),
  };
}

function nameOf({ displayName, externalId }: DriveProfile): string {
  return displayName.trim() || externalId;
}

/** The account's only address, or all of them in words. */
function emailOf({ emails }: User): string | null {
  const addresses = (emails ?? []).flatMap(({ value }) => value?.toLowerCase() || []);
  return addresses.length === 0 ? null : addresses.join(", ");
}
