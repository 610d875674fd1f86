// What the embedded drive does with accounts, and the odd ways in which the real one refuses.

import { z } from "zod";
import { type OcsResult, ok, refuse, UNKNOWN } from "./ocs-reply.ts";
import { quotaBytes } from "./quota.ts";
import type { Account, Store } from "./store.ts";

const Text = z.union([z.string(), z.number()]).transform(String);

export const NewUser = z.object({
  userid: Text.default(""),
  password: Text.default(""),
  displayName: Text.default(""),
  email: Text.default(""),
  quota: Text.default(""),
  groups: z.array(z.string()).default([]),
});

export const Edit = z.object({ key: Text.default(""), value: Text.default("") });

const ALLOWED = /^[a-zA-Z0-9 _.@'-]+$/;
const COMMON = new Set(["1234567890", "password12", "qwertyuiop", "passwordpassword"]);
const DEFAULT_QUOTA = -3;

function wrongId(id: string): string | undefined {
  if (id === "") return "A valid Login must be provided";
  if (id.trim() !== id) return "Login contains whitespace at the beginning or at the end";
  if (/^\.+$/.test(id)) return "Login must not consist of dots only";
  if (id.length > 64) return "Username is too long";
  if (ALLOWED.test(id)) return undefined;
  return 'Only the following characters are allowed in an Login: "a-z", "A-Z", "0-9", spaces and "_.@-\'"';
}

function weakness(password: string): string | undefined {
  if (password.length < 10) return "Password needs to be at least 10 characters long.";
  return COMMON.has(password.toLowerCase())
    ? "Password is among the 1,000,000 most common ones. Please make it unique."
    : undefined;
}

/** Makes an account. `stopHalfway` leaves it as a server error in the middle would. */
export function createUser(store: Store, input: z.infer<typeof NewUser>, stopHalfway: 101 | 996 | null): OcsResult {
  if (store.account(input.userid) !== undefined) return refuse(102, "User already exists");
  const group = input.groups.find((name) => name !== "admin");
  if (group !== undefined) return refuse(104, `Group ${group} does not exist`);
  if (input.password === "" && input.email === "") {
    return refuse(108, "An email address is required, to send a password link to the user.");
  }
  const wrong = wrongId(input.userid);
  if (wrong !== undefined) return refuse(101, wrong);
  const weak = input.password === "" ? undefined : weakness(input.password);
  if (weak !== undefined) return refuse(107, weak);

  store.addAccount(input.userid, input.password, input.userid, null, DEFAULT_QUOTA);
  if (stopHalfway === 101) return refuse(101, "Bad request");
  if (stopHalfway === 996) return { code: 996, http: 500, message: "Internal Server Error" };
  const id = input.userid.toLowerCase();
  if (input.displayName !== "") store.setDisplayName(id, input.displayName.trim());
  if (input.email !== "") store.setEmail(id, input.email);
  // As the real one does it: a quota that is refused leaves the account, without one.
  const bytes = input.quota === "" ? DEFAULT_QUOTA : quotaBytes(input.quota);
  if (bytes === undefined) return refuse(101, `Invalid quota value: ${input.quota}`);
  store.setQuota(id, bytes);
  return ok({ id: input.userid });
}

/** One edit of an account that exists. */
export function editUser(store: Store, account: Account, { key, value }: z.infer<typeof Edit>): OcsResult {
  if (key === "quota") {
    const bytes = quotaBytes(value);
    if (bytes === undefined) return refuse(101, `Invalid quota value: ${value}`);
    store.setQuota(account.id, bytes);
  } else if (key === "displayname" || key === "display") {
    store.setDisplayName(account.id, value.trim());
  } else if (key === "email") {
    store.setEmail(account.id, value === "" ? null : value);
  } else if (key === "password") {
    const weak = weakness(value);
    if (weak !== undefined) return refuse(107, weak);
    store.setPassword(account.id, value);
  } else {
    return refuse(113, "");
  }
  return ok();
}

/** What an account looks like from outside. */
export function showUser(store: Store, account: Account): OcsResult {
  const used = store.usedBytes(account.id);
  const limited = account.quota >= 0;
  return ok({
    enabled: account.enabled === 1,
    id: account.name,
    firstLoginTimestamp: account.first_login,
    lastLoginTimestamp: account.last_login,
    lastLogin: account.last_login * 1000,
    backend: "Database",
    subadmin: [],
    quota: {
      free: limited ? Math.max(account.quota - used, 0) : -3,
      used,
      total: limited ? account.quota : -3,
      relative: limited && account.quota > 0 ? Math.round((used / account.quota) * 10_000) / 100 : 0,
      quota: account.quota,
    },
    email: account.email,
    displayname: account.display_name,
    groups: [],
  });
}

/** Removes an account and all it has. */
export function deleteUser(store: Store, account: Account | undefined, askedBy: string): OcsResult {
  if (account === undefined) return UNKNOWN;
  if (account.id === askedBy) return refuse(101, "");
  store.removeAccount(account.id);
  return ok();
}
