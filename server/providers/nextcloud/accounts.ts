// Makes, finds, repairs and removes accounts. A create whose answer says anything but "done" proves nothing, neither way:
// then the account is looked up, and what half-made accounts lack (quota, name, e-mail, being enabled) is set.

import type { StewardError } from "steward/errors";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import { type Difference, differencesOf, GONE } from "../difference.ts";
import type { DriveAccount, DriveProfile, EnsuredAccount } from "../drive.ts";
import { type CallContext, ProviderTrouble } from "../http.ts";
import type { AdminCall } from "./admin.ts";
import type { Edit } from "./edits.ts";
import { describe, isOk, type OcsAnswer, unexpected } from "./ocs.ts";
import { parseQuota } from "./quota.ts";

export interface AccountSettings {
  /** In the drive's words, such as "5 GB"; undefined leaves the drive's default. */
  readonly quota: string | undefined;
  readonly edit: Edit;
}

/** What the drive knows of an account. */
export interface FoundAccount {
  readonly enabled: boolean;
  readonly quotaBytes: number | undefined;
  readonly displayName: string;
  readonly email: string | null;
  /** Whether anybody ever signed in with it. */
  readonly signedIn: boolean;
  /** Milliseconds since 1970, by the drive's clock; 0: never. */
  readonly lastLogin: number;
}

const UserData = z.object({
  enabled: z.boolean(),
  quota: z.object({ quota: z.union([z.number(), z.string()]).nullish() }).nullish(),
  displayname: z.string().nullish(),
  email: z.string().nullish(),
  firstLoginTimestamp: z.number().nullish(),
  lastLogin: z.number().nullish(),
});

/** The drive takes no longer display names; a longer one would leave a half-made account. */
const LONGEST_NAME = 64;
/** Removing an account removes its files, however many. */
const REMOVE_TIMEOUT_MS = 120_000;
const CREATE_TRIES = 2;

const userPath = (externalId: string) => `/cloud/users/${encodeURIComponent(externalId)}`;

/** The account, or null if there is none. */
export async function findAccount(
  admin: AdminCall,
  externalId: string,
  ctx: CallContext,
): Promise<FoundAccount | null> {
  const answer = await admin({ method: "GET", path: userPath(externalId) }, ctx);
  // A 404 without the envelope is a wrong address, not a missing account.
  if (answer.http === 404 && answer.code !== 0) return null;
  const user = UserData.safeParse(answer.data);
  if (!isOk(answer) || !user.success) throw unexpected("find account", answer);
  const { enabled, quota, displayname, email, firstLoginTimestamp, lastLogin } = user.data;
  return {
    enabled,
    quotaBytes: quotaBytes(quota?.quota),
    displayName: displayname ?? "",
    email: email || null,
    signedIn: Boolean(firstLoginTimestamp) || Boolean(lastLogin),
    lastLogin: lastLogin ?? 0,
  };
}

function quotaBytes(quota: number | string | null | undefined): number | undefined {
  return typeof quota === "string" ? parseQuota(quota) : (quota ?? undefined);
}

/** Makes the account or adopts the one that is there; see Drive.ensureAccount. */
export async function ensureAccount(
  admin: AdminCall,
  settings: AccountSettings,
  account: DriveAccount,
  ctx: CallContext,
): Promise<EnsuredAccount> {
  const { externalId } = account;
  let isSent = account.passwordIsSent;
  for (let tries = 1; ; tries++) {
    // What an earlier attempt asked for or found is looked for, and not asked for again.
    const isLookedFor = tries === 1 && (isSent || account.isThere);
    const doubt = isLookedFor ? "exists" : await createAccount(admin, settings, account, ctx);
    if (doubt === null) return { externalId, adopted: false, isUnused: true };
    if (doubt === "exists") {
      if (!isLookedFor && !account.isThere) await account.onFound();
    } else {
      if (account.passwordIsNew && !isSent) await account.onPasswordSent();
      isSent = true;
    }
    const found = await findAccount(admin, externalId, ctx);
    if (found !== null) {
      if (!found.enabled) throw new AppError("ST508");
      // One that was asked for, is just as asked for, and that nobody used, has the password that was asked for.
      const isOurs =
        isSent && !account.mayBeLeftOver && !found.signedIn && whatDiffers(settings, account, found).length === 0;
      await repairAccount(admin, settings, account, found, account.passwordIsNew && !isOurs, ctx);
      return { externalId, adopted: true, isUnused: !found.signedIn };
    }
    if (doubt instanceof ProviderTrouble) throw doubt;
    if (tries === CREATE_TRIES) {
      throw doubt === "exists" ? new AppError("ST505", { cause: "an account that exists is not found" }) : doubt;
    }
  }
}

/** Null when it was made; "exists" when one of that name was there; otherwise the doubt: it may or may not be there now. */
async function createAccount(
  admin: AdminCall,
  settings: AccountSettings,
  account: DriveAccount,
  ctx: CallContext,
): Promise<null | "exists" | StewardError> {
  let answer: OcsAnswer;
  try {
    answer = await admin({ method: "POST", path: "/cloud/users", body: createBody(settings, account) }, ctx);
  } catch (error) {
    if (error instanceof ProviderTrouble && error.mayHaveHappened) return error;
    throw error;
  }
  if (isOk(answer)) return null;
  if (answer.code === 102) return "exists";
  if (REFUSED.has(answer.code)) throw new AppError("ST509", { cause: describe("create account", answer) });
  // 101 is both bad data and any unexpected failure; after either the account may be there, half-made.
  return unexpected("create account", answer);
}

/** Unknown group (104), no right to a group (105, 106, 109), weak password (107), no e-mail (108, 110): nothing was made. */
const REFUSED = new Set([103, 104, 105, 106, 107, 108, 109, 110]);

function createBody({ quota }: AccountSettings, account: DriveAccount): Record<string, unknown> {
  return {
    userid: account.externalId,
    password: account.password,
    displayName: displayName(account),
    ...(account.email === null ? {} : { email: account.email }),
    ...(quota === undefined ? {} : { quota }),
  };
}

function displayName(account: DriveProfile): string {
  // It keeps no blank at the end, which a cut may leave.
  return Array.from(account.displayName.trim()).slice(0, LONGEST_NAME).join("").trimEnd() || account.externalId;
}

/** See Drive.compareAccount. */
export async function compareAccount(
  admin: AdminCall,
  { quota }: Pick<AccountSettings, "quota">,
  account: DriveProfile,
  ctx: CallContext,
): Promise<Difference[]> {
  const found = await findAccount(admin, account.externalId, ctx);
  if (found === null) return [GONE];
  const wantedBytes = quota === undefined ? found.quotaBytes : parseQuota(quota);
  return differencesOf([
    ["enabled", "true", String(found.enabled)],
    ["name", displayName(account), found.displayName],
    ["email", account.email?.toLowerCase() ?? null, found.email?.toLowerCase() ?? null],
    ["quota", String(wantedBytes), String(found.quotaBytes)],
  ]);
}

/** See Drive.updateAccount. */
export async function updateAccount(
  admin: AdminCall,
  settings: AccountSettings,
  account: DriveProfile,
  ctx: CallContext,
): Promise<boolean> {
  const found = await findAccount(admin, account.externalId, ctx);
  if (found === null) return false;
  await setWhatDiffers(admin, settings, account, found, ctx);
  return true;
}

async function repairAccount(
  admin: AdminCall,
  settings: AccountSettings,
  account: DriveAccount,
  found: FoundAccount,
  resetPassword: boolean,
  ctx: CallContext,
): Promise<void> {
  if (resetPassword) {
    await change(admin, settings, account, ["password", account.password], ctx);
    await account.onPasswordSet();
  }
  await setWhatDiffers(admin, settings, account, found, ctx);
}

/** Changes are limited, so only what differs is set: what a refusal leaves undone still differs at the next attempt. */
async function setWhatDiffers(
  admin: AdminCall,
  settings: AccountSettings,
  account: DriveProfile,
  found: FoundAccount,
  ctx: CallContext,
): Promise<void> {
  for (const setting of whatDiffers(settings, account, found)) await change(admin, settings, account, setting, ctx);
}

type Setting = readonly [key: string, value: string];

function whatDiffers({ quota }: AccountSettings, account: DriveProfile, found: FoundAccount): Setting[] {
  const wanted: Setting[] = [];
  // First: by an old owner's address a new password can be asked for. The drive keeps addresses in small letters.
  if ((account.email ?? "").toLowerCase() !== (found.email ?? "").toLowerCase())
    wanted.push(["email", account.email ?? ""]);
  if (quota !== undefined && found.quotaBytes !== parseQuota(quota)) wanted.push(["quota", quota]);
  if (found.displayName !== displayName(account)) wanted.push(["displayname", displayName(account)]);
  return wanted;
}

async function change(
  admin: AdminCall,
  { edit }: AccountSettings,
  { externalId }: DriveProfile,
  [key, value]: Setting,
  ctx: CallContext,
): Promise<void> {
  const answer = await edit(() => admin({ method: "PUT", path: userPath(externalId), body: { key, value } }, ctx));
  if (isOk(answer)) return;
  const what = `set ${key}`;
  if (answer.http === 400) throw new AppError("ST509", { cause: describe(what, answer) });
  throw unexpected(what, answer);
}

/** See Drive.removeAccount. */
export async function removeAccount(
  admin: AdminCall,
  { externalId, unusedSince }: { externalId: string; unusedSince: Date | null },
  ctx: CallContext,
): Promise<boolean> {
  if (unusedSince !== null) {
    const found = await findAccount(admin, externalId, ctx);
    if (found === null) return false;
    if (found.lastLogin > unusedSince.getTime()) throw new AppError("ST512");
  }
  const answer = await admin({ method: "DELETE", path: userPath(externalId), timeoutMs: REMOVE_TIMEOUT_MS }, ctx);
  if (isOk(answer)) return true;
  if (answer.http === 404 && answer.code !== 0) return false;
  throw unexpected("remove account", answer);
}
