// The drive provider where accounts come from a SCIM 2.0 service (RFC 7643, 7644). It has accounts and no files.
import type { Drive } from "../drive.ts";
import { createHttp } from "../http.ts";
import { compareAccount, ensureAccount, type Removal, removeAccount, updateAccount } from "./accounts.ts";
import { createCall } from "./call.ts";
import { createUsers } from "./users.ts";

export interface ScimOptions {
  /** Where /Users is, such as https://directory.example.test/scim/v2, with or without a slash at the end. */
  readonly url: string;
  /** The bearer token. */
  readonly token: string;
  readonly removal: Removal;
  /** Requests at once in this process. Default 16. */
  readonly maxInFlight?: number | undefined;
  /** For one request. Default 30 s. */
  readonly timeoutMs?: number | undefined;
  /** Certificates in PEM of authorities to trust besides the usual ones. */
  readonly ca?: string | undefined;
}

/** A drive provider for the SCIM service at `options.url`. Asks nothing yet. */
export function createScim({ url, token, removal, maxInFlight, timeoutMs, ca }: ScimOptions): Drive {
  const baseUrl = url.replace(/\/+$/, "");
  const http = createHttp({
    codes: { unreachable: "ST501", throttled: "ST502", unavailable: "ST503", late: "ST504", unreadable: "ST505" },
    maxInFlight,
    timeoutMs,
    ca,
  });
  const users = createUsers(createCall(http, baseUrl, token));

  return {
    name: `SCIM service at ${new URL(baseUrl).host}`,
    ensureAccount: (account, ctx) => ensureAccount(users, account, ctx),
    updateAccount: (account, ctx) => updateAccount(users, account, ctx),
    compareAccount: (account, ctx) => compareAccount(users, account, ctx),
    removeSkeleton: async () => 0,
    removeAccount: ({ externalId }, ctx) => removeAccount(users, removal, externalId, ctx),
  };
}
