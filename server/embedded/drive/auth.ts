// Who asks: Basic logins with a password or an app password. Two traps of the real one live here: more than ten wrong logins lock out
// the client's address whoever it then claims to be, and an account's files appear with its own first login.

import { header, type Request } from "./message.ts";
import { SKELETON } from "./skeleton.ts";
import { type Account, now, type Store } from "./store.ts";

export type Visitor =
  | {
      readonly kind: "account";
      readonly account: Account;
      readonly isAdmin: boolean;
      readonly appPassword: string | null;
    }
  | { readonly kind: "nobody" | "disabled" | "blocked" };

const WRONG_LOGINS = 10;
const WRONG_LOGIN_MEMORY_MS = 30 * 60 * 1000;

export type Auth = ReturnType<typeof createAuth>;

/** Checks logins against the store. `adminUser` is the one administrator. */
export function createAuth(store: Store, adminUser: string) {
  const wrongLogins = new Map<string, number[]>();

  function recentWrong(client: string): number[] {
    const since = Date.now() - WRONG_LOGIN_MEMORY_MS;
    return (wrongLogins.get(client) ?? []).filter((time) => time > since);
  }

  function visitor(request: Request): Visitor {
    const login = parseBasic(header(request, "authorization"));
    if (login === undefined) return { kind: "nobody" };
    const wrong = recentWrong(request.client);
    if (wrong.length > WRONG_LOGINS) return { kind: "blocked" };
    const account = store.account(login.user);
    const byApp = account !== undefined && store.isAppPassword(account.id, login.password);
    if (account === undefined || !(byApp || store.isPassword(account.id, login.password))) {
      wrongLogins.set(request.client, [...wrong, Date.now()]);
      return { kind: "nobody" };
    }
    if (account.enabled === 0) return { kind: "disabled" };
    const isAdmin = account.id === adminUser;
    if (account.first_login === 0 && !isAdmin) makeSkeleton(store, account.id);
    return { kind: "account", account, isAdmin, appPassword: byApp ? login.password : null };
  }

  return { visitor, forget: () => wrongLogins.clear() };
}

function parseBasic(value: string | undefined): { user: string; password: string } | undefined {
  if (value === undefined || !/^basic /i.test(value)) return undefined;
  const [user, ...rest] = Buffer.from(value.slice(6), "base64").toString("utf8").split(":");
  return user === undefined || user === "" ? undefined : { user, password: rest.join(":") };
}

/** The files of the first login: 64 of them, in 3 folders, about 20 MB by their own account. */
function makeSkeleton(store: Store, account: string): void {
  const entry = (path: string, isFolder: boolean) => ({
    path,
    is_folder: isFolder ? 1 : 0,
    size: isFolder ? 0 : 1000 * path.length * path.length,
    modified: now(),
    uploaded: 0,
  });
  store.transaction(() => {
    for (const path of SKELETON) {
      const isFolder = path.endsWith("/");
      store.put(account, entry(isFolder ? path.slice(0, -1) : path, isFolder), null);
    }
    store.noteLogin(account);
  });
}
