// Empties a new account of what the drive put there, as the account itself, with an app password made for it and revoked after it.

import { setTimeout as delay } from "node:timers/promises";
import type { StewardError } from "steward/errors";
import { log } from "steward/log";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { CleanupProgress, DriveLogin } from "../drive.ts";
import { type CallContext, type Http, ProviderTrouble } from "../http.ts";
import { findAccount } from "./accounts.ts";
import type { AdminCall } from "./admin.ts";
import { createDav, type Dav } from "./dav.ts";
import { isOk, type Login, type Ocs, unexpected } from "./ocs.ts";
import { chooseTargets, countFiles, type Entry, skeletonFolders, type Target } from "./skeleton.ts";

export interface CleanupParts {
  readonly http: Http;
  readonly ocs: Ocs;
  readonly admin: AdminCall;
  readonly baseUrl: string;
  /** Paths of the files that the drive puts into new accounts. */
  readonly skeletonFiles: readonly string[];
}

/** The account's first request ever makes the skeleton, which takes its time. */
const FIRST_REQUEST_TIMEOUT_MS = 60_000;
const REVOKE_TIMEOUT_MS = 5_000;
const DELETES_AT_ONCE = 8;
const DELETE_TRIES = 6;
const LOCKED_PAUSE_MS = 100;

/** See Drive.removeSkeleton. */
export async function removeSkeleton(
  parts: CleanupParts,
  account: DriveLogin,
  ctx: CallContext,
  onProgress: CleanupProgress,
): Promise<number> {
  const login = { user: account.externalId, password: account.password };
  const session = { user: login.user, password: await takeAppPassword(parts, login, ctx) };
  try {
    return await clean(createDav(parts.http, parts.baseUrl, session), parts.skeletonFiles, ctx, onProgress);
  } finally {
    await revokeAppPassword(parts.ocs, session);
  }
}

const AppPassword = z.object({ apppassword: z.string().min(1) });

async function takeAppPassword(parts: CleanupParts, login: Login, ctx: CallContext): Promise<string> {
  const path = "/core/getapppassword";
  const answer = await parts.ocs.call(login, { method: "GET", path, timeoutMs: FIRST_REQUEST_TIMEOUT_MS }, ctx);
  if (answer.http === 401) throw await whyRefused(parts.admin, login.user, ctx);
  const data = AppPassword.safeParse(answer.data);
  if (!isOk(answer) || !data.success) throw unexpected("take app password", { ...answer, data: undefined });
  return data.data.apppassword;
}

/** A disabled or missing account is refused just like a wrong password; the administrator can tell which it is. */
async function whyRefused(admin: AdminCall, externalId: string, ctx: CallContext): Promise<StewardError> {
  const found = await findAccount(admin, externalId, ctx);
  if (found === null) return new AppError("ST510");
  return new AppError(found.enabled ? "ST507" : "ST508");
}

/**
 * Also when the attempt was aborted or has lost its lease: this password belongs to this attempt alone, nobody else will revoke it.
 * Failing to is not the step's failure; trying the whole step again would only make another one.
 */
async function revokeAppPassword(ocs: Ocs, session: Login): Promise<void> {
  const ctx = { signal: AbortSignal.timeout(REVOKE_TIMEOUT_MS), guard: () => {} };
  for (let tries = 0; tries < 2; tries++) {
    const answer = await ocs.call(session, { method: "DELETE", path: "/core/apppassword" }, ctx).catch(() => null);
    if (answer !== null && (isOk(answer) || answer.http === 401)) return; // 401: it was revoked, the answer was lost
  }
  log.warn({ account: session.user }, "an app password could not be revoked; it stays until the account goes");
}

async function clean(
  dav: Dav,
  files: readonly string[],
  ctx: CallContext,
  onProgress: CleanupProgress,
): Promise<number> {
  const targets = chooseTargets(await listTree(dav, "", skeletonFolders(files), ctx), files);
  const found = countFiles(targets);
  let removed = 0;
  let vanished = false;
  onProgress(0, found);
  await forEachBounded(targets, DELETES_AT_ONCE, async (target) => {
    if (await removeTarget(dav, target, ctx)) removed += target.files;
    else vanished = true;
    onProgress(removed, found);
  });
  // "Not found" for something just listed is believed only when a second look agrees.
  if (vanished) await checkGone(dav, targets, ctx);
  return removed;
}

async function listTree(dav: Dav, folder: string, folders: ReadonlySet<string>, ctx: CallContext): Promise<Entry[]> {
  const entries = await dav.list(folder, ctx);
  const inner = entries.filter((entry) => entry.isFolder && !entry.foreign && folders.has(entry.path));
  const lists = await Promise.all(inner.map((entry) => listTree(dav, entry.path, folders, ctx)));
  return [...entries, ...lists.flat()];
}

/** True if this removed it, false if it was gone already. */
async function removeTarget(dav: Dav, target: Target, ctx: CallContext): Promise<boolean> {
  let doubt = false;
  for (let tries = 1; tries <= DELETE_TRIES; tries++) {
    const outcome = await dav.remove(target.path, ctx).catch((error: unknown) => {
      // The connection was cut: if it is gone at the second try, it was the first that removed it.
      if (!(error instanceof ProviderTrouble && error.mayHaveHappened) || doubt) throw error;
      doubt = true;
      return "locked" as const;
    });
    if (outcome === "removed") return true;
    if (outcome === "gone") return doubt;
    await delay(LOCKED_PAUSE_MS * tries, undefined, { signal: ctx.signal }).catch(() => ctx.signal.throwIfAborted());
  }
  throw new AppError("ST511", { cause: `"${target.path}" stays locked` });
}

async function checkGone(dav: Dav, targets: readonly Target[], ctx: CallContext): Promise<void> {
  const left = new Set((await dav.list("", ctx)).map((entry) => entry.path));
  if (targets.some(({ path }) => left.has(path))) {
    throw new AppError("ST505", { cause: "files that could not be found are still listed" });
  }
}

/** Works on `atOnce` items at a time. After a failure no further item is begun; it is thrown when those under way have ended. */
async function forEachBounded<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  let failed = false;
  const lane = async () => {
    for (const item of queue) {
      if (failed) return;
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, lane));
  const failure = ends.find((end) => end.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}
