// The drive provider that speaks to a Nextcloud (releases 30 to 32, and the embedded drive, which answers the same).

import type { StewardError } from "steward/errors";
import { AppError } from "../../errors.ts";
import type { Drive } from "../drive.ts";
import { createHttp, type HttpAnswer } from "../http.ts";
import { compareAccount, ensureAccount, removeAccount, updateAccount } from "./accounts.ts";
import { createAdmin } from "./admin.ts";
import { removeSkeleton } from "./cleanup.ts";
import { createEdit, type EditBudget } from "./edits.ts";
import { createLogIn } from "./logins.ts";
import { createOcs } from "./ocs.ts";
import { RELEASE_SKELETON } from "./skeleton.ts";

export interface NextcloudOptions {
  /** Where it is, without /ocs or /remote.php, with or without a slash at the end. */
  readonly url: string;
  readonly adminUser: string;
  /** Its password or, several times faster for every call, an app password of it. */
  readonly adminPassword: string;
  /** Of each new account, such as "5 GB" or "none"; undefined leaves the drive's default. */
  readonly quota?: string | undefined;
  /** Paths of the files that this drive puts into new accounts, when it has a skeleton directory of its own. */
  readonly skeletonFiles?: readonly string[] | undefined;
  /** Requests at once in this process. Default 16. */
  readonly maxInFlight?: number | undefined;
  /** For one ordinary request. Default 30 s. */
  readonly timeoutMs?: number | undefined;
  /** Certificates in PEM of authorities to trust besides the usual ones. */
  readonly ca?: string | undefined;
  /** Changes of accounts that exist, by this process. Default 45 in ten minutes: the drive takes 50 from all. */
  readonly editBudget?: EditBudget | undefined;
  /** How long to wait when it throttles without saying how long. Default 2 minutes: its limits are for 10 and 30. */
  readonly throttledMs?: number | undefined;
}

const EDIT_BUDGET = { edits: 45, windowMs: 600_000 };

/** A drive provider for the Nextcloud at `options.url`. Asks nothing yet. */
export function createNextcloud(options: NextcloudOptions): Drive {
  const { adminUser, adminPassword, quota, maxInFlight, timeoutMs, ca } = options;
  const baseUrl = options.url.replace(/\/+$/, "");
  const http = createHttp({
    codes: { unreachable: "ST501", throttled: "ST502", unavailable: "ST503", late: "ST504", unreadable: "ST505" },
    throttledMs: options.throttledMs ?? 120_000,
    maxInFlight,
    timeoutMs,
    ca,
    refine: disabledAccount,
  });
  const ocs = createOcs(http, baseUrl);
  const admin = createAdmin(ocs, { user: adminUser, password: adminPassword });
  const settings = { quota, edit: createEdit(options.editBudget ?? EDIT_BUDGET) };
  const skeletonFiles = options.skeletonFiles ?? RELEASE_SKELETON;
  const parts = { http, admin, logIn: createLogIn(), baseUrl, skeletonFiles };

  return {
    name: `Nextcloud at ${new URL(baseUrl).host}`,
    ensureAccount: (account, ctx) => ensureAccount(admin, settings, account, ctx),
    compareAccount: (account, ctx) => compareAccount(admin, settings, account, ctx),
    updateAccount: (account, ctx) => updateAccount(admin, settings, account, ctx),
    removeSkeleton: (account, ctx, onProgress = () => {}) => removeSkeleton(parts, account, ctx, onProgress),
    removeAccount: (account, ctx) => removeAccount(admin, account, ctx),
  };
}

/** WebDAV answers for a disabled account with the status of a maintenance; waiting for it would be for ever. */
function disabledAccount(answer: HttpAnswer): StewardError | undefined {
  if (answer.status !== 503 || !/DisabledUserException|Account disabled/.test(answer.text)) return undefined;
  return new AppError("ST508");
}
