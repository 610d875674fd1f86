// What a drive provider must be able to do. Tasks know this and nothing of the protocols behind it.

import { createHash } from "node:crypto";
import type { Difference } from "./difference.ts";
import type { CallContext } from "./http.ts";

/** An account as it should be. The password was generated and stored (sealed) before the provider hears of it. */
export interface DriveAccount {
  /** From externalIdFor. */
  readonly externalId: string;
  readonly password: string;
  readonly displayName: string;
  readonly email: string | null;
  /**
   * True until the provider is known to have this password: an account found there may have a stranger's, and is given this one.
   * False: an account found has it, and its password is left alone.
   */
  readonly passwordIsNew: boolean;
  /** The provider was asked to make the account with this password, and its answer got lost: it may be there, or soon be. */
  readonly passwordIsSent: boolean;
  /** An earlier user with the same id was deleted: their account may be there still, just as this one shall be, but with another password. */
  readonly mayBeLeftOver: boolean;
  /** An earlier attempt found an account of this name there. It may be gone by now. */
  readonly isThere: boolean;
  /** Called as soon as one is found: later attempts, of which a limit on changes may need many, look first and ask for none. */
  readonly onFound: () => Promise<unknown>;
  /** Called when such an answer gets lost: later attempts look first, and take what is there for theirs. */
  readonly onPasswordSent: () => Promise<unknown>;
  /** Called as soon as an account found was given the password: later attempts need not do it again. */
  readonly onPasswordSet: () => Promise<unknown>;
}

export type DriveProfile = Pick<DriveAccount, "externalId" | "displayName" | "email">;
export interface DriveLogin extends Pick<DriveAccount, "externalId" | "password"> {
  /** Nobody had signed in to it when it became ours: its home holds little but what the provider put there. */
  readonly isUnused: boolean;
}

export interface EnsuredAccount {
  readonly externalId: string;
  readonly adopted: boolean;
  /** Nobody has signed in to it yet. */
  readonly isUnused: boolean;
}

/** Called now and then with what is gone and what was found, in files. */
export type CleanupProgress = (removed: number, found: number) => void;

/** All methods throw StewardError (or what the context's guard and signal throw) and may be called again after any failure. */
export interface Drive {
  /** For logs: which drive, without secrets. */
  readonly name: string;
  /** Makes the account, or adopts and repairs the one that is there. ST508 if somebody disabled it: that is the provider's own decision. */
  ensureAccount(account: DriveAccount, ctx: CallContext): Promise<EnsuredAccount>;
  /** Gives the account its display name and address; false if there is none. */
  updateAccount(account: DriveProfile, ctx: CallContext): Promise<boolean>;
  /** How the account differs: existence, enabled, name, email, quota. Changes nothing. */
  compareAccount(account: DriveProfile, ctx: CallContext): Promise<readonly Difference[]>;
  /** Removes the files that the provider puts into every new account, and nothing else. Returns how many files this call removed. */
  removeSkeleton(account: DriveLogin, ctx: CallContext, onProgress?: CleanupProgress): Promise<number>;
  /**
   * Removes the account with all its files; false if there was none any more. ST512 if somebody signed in to it after `unusedSince`;
   * null: an operator says that it does not matter.
   */
  removeAccount(account: { externalId: string; unusedSince: Date | null }, ctx: CallContext): Promise<boolean>;
}

const PREFIX = "sd_";
const LONGEST = 64;
const DIGEST = 10;

/**
 * The account's name at the drive for one of our users: `sd_` and the id, in letters that every drive accepts, at most 64.
 * Always the same for the same id. Ids that had to be changed get a digest, so that two of them never meet.
 */
export function externalIdFor(userId: string): string {
  const clean = userId.toLowerCase().replace(/[^a-z0-9_.@-]/g, "_");
  if (clean === userId && PREFIX.length + clean.length <= LONGEST) return PREFIX + clean;
  const digest = createHash("sha256").update(userId).digest("hex").slice(0, DIGEST);
  return `${PREFIX}${clean.slice(0, LONGEST - PREFIX.length - DIGEST - 1)}-${digest}`;
}
