// Empties a new account of what the drive put there, as the account itself and with its password: an app password makes each request
// quicker, but taking it and giving it back costs more than the ten requests that follow, and one whose answer is lost stays.

import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../../errors.ts";
import type { CleanupProgress, DriveLogin } from "../drive.ts";
import { type CallContext, type Http, ProviderTrouble } from "../http.ts";
import { findAccount } from "./accounts.ts";
import type { AdminCall } from "./admin.ts";
import { createDav, type Dav } from "./dav.ts";
import type { LogIn } from "./logins.ts";
import { chooseTargets, countFiles, type Entry, skeletonFolders, type Target } from "./skeleton.ts";

export interface CleanupParts {
  readonly http: Http;
  readonly admin: AdminCall;
  readonly logIn: LogIn;
  readonly baseUrl: string;
  /** Paths of the files that the drive puts into new accounts. */
  readonly skeletonFiles: readonly string[];
}

/** Of the time that a request may take: a drive that answers sooner is given several requests of a cleanup at once. */
const QUICK = 0.1;
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
  const { http, baseUrl, skeletonFiles: files } = parts;
  const dav = createDav(http, baseUrl, { user: account.externalId, password: account.password });
  const begunAt = performance.now();
  const entries = await listHome(parts, dav, account, ctx);
  const isQuick = performance.now() - begunAt < http.timeoutMs * QUICK;
  const targets = chooseTargets(entries, files);
  const found = countFiles(targets);
  let removed = 0;
  let vanished = false;
  onProgress(0, found);
  await forEachBounded(targets, isQuick ? DELETES_AT_ONCE : 1, async (target) => {
    if (await removeTarget(dav, target, ctx)) removed += target.files;
    else vanished = true;
    onProgress(removed, found);
  });
  // "Not found" for something just listed is believed only when a second look agrees.
  if (vanished) await checkGone(dav, targets, ctx);
  return removed;
}

/** The home and its skeleton folders. With one request where nobody else can have put much there, otherwise folder by folder. */
async function listHome(parts: CleanupParts, dav: Dav, login: DriveLogin, ctx: CallContext): Promise<Entry[]> {
  const { admin, logIn, skeletonFiles } = parts;
  const { externalId, isUnused } = login;
  const folders = skeletonFolders(skeletonFiles);
  try {
    const entries = await logIn(ctx, () => dav.list("", ctx, { isDeep: isUnused, isFirst: true }));
    if (isUnused) return entries;
    return [...entries, ...(await listInner(dav, entries, folders, ctx))];
  } catch (error) {
    if (isUnused && error instanceof ProviderTrouble && error.code === "ST505")
      return listHome(parts, dav, { ...login, isUnused: false }, ctx); // more than fits into an answer: it was used meanwhile
    // A missing account is refused just like a wrong password, and a disabled one by other addresses; the administrator can tell which it is.
    if (!(error instanceof AppError && error.code === "ST507")) throw error;
    const account = await findAccount(admin, externalId, ctx);
    if (account === null) throw new AppError("ST510", { cause: error });
    throw account.enabled ? error : new AppError("ST508", { cause: error });
  }
}

async function listInner(
  dav: Dav,
  entries: readonly Entry[],
  folders: ReadonlySet<string>,
  ctx: CallContext,
): Promise<Entry[]> {
  const lists: Entry[] = [];
  for (const { path, isFolder, foreign } of entries) {
    if (!isFolder || foreign || !folders.has(path)) continue;
    const inner = await dav.list(path, ctx);
    lists.push(...inner, ...(await listInner(dav, inner, folders, ctx)));
  }
  return lists;
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
