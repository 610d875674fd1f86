// The embedded drive's OCS addresses: accounts for the administrator, app passwords for everybody.

import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Auth, Visitor } from "./auth.ts";
import type { EditLimit } from "./limits.ts";
import { header, type Reply, type Request } from "./message.ts";
import { envelope, NOT_ADMIN, type OcsResult, ok, refuse, UNAUTHORISED, UNKNOWN } from "./ocs-reply.ts";
import { makeSecret, type Store } from "./store.ts";
import { createUser, deleteUser, Edit, editUser, NewUser, showUser } from "./users.ts";

export interface OcsParts {
  readonly store: Store;
  readonly auth: Auth;
  readonly edits: EditLimit;
  /** How the next account is to be left half-made, if it is. */
  readonly stopHalfway: () => 101 | 996 | null;
}

/** What an answer may be besides an envelope: the edit limit's empty 429. */
const TOO_MANY_EDITS: Reply = { status: 429, headers: { "Content-Type": "text/html; charset=UTF-8" }, body: "" };
/** How long making an account takes: who asks for the same name meanwhile meets a unique violation. */
const CREATE_MS = 5;

export type OcsHandler = (request: Request) => Promise<Reply>;

/** Answers /ocs/v1.php and /ocs/v2.php. */
export function createOcsHandler(parts: OcsParts): OcsHandler {
  const creating = new Set<string>();

  async function create(body: unknown): Promise<OcsResult> {
    const user = NewUser.safeParse(body);
    if (!user.success) return refuse(101, "Bad request");
    const id = user.data.userid.toLowerCase();
    if (creating.has(id)) return refuse(101, "Bad request");
    creating.add(id);
    try {
      await sleep(CREATE_MS);
      return createUser(parts.store, user.data, parts.stopHalfway());
    } finally {
      creating.delete(id);
    }
  }

  async function users(request: Request, visitor: Member, name: string | undefined, action: string | undefined) {
    const { store } = parts;
    const account = name === undefined ? undefined : store.account(name);
    if (!visitor.isAdmin && !(request.method === "GET" && account?.id === visitor.account.id)) return NOT_ADMIN;
    if (name === undefined) return request.method === "POST" ? create(readBody(request)) : listUsers(store, request);
    if (request.method === "GET") {
      return account === undefined
        ? { code: 404, http: 404, message: "User does not exist" }
        : showUser(store, account);
    }
    if (request.method === "DELETE") return deleteUser(store, account, visitor.account.id);
    if (request.method !== "PUT") return UNKNOWN;
    if (action === "enable" || action === "disable") {
      if (account === undefined) return refuse(101, "");
      store.setEnabled(account.id, action === "enable");
      return ok();
    }
    const edit = Edit.safeParse(readBody(request));
    if (account === undefined || !edit.success) return UNKNOWN;
    return editUser(store, account, edit.data);
  }

  async function route(request: Request, visitor: Member): Promise<OcsResult> {
    const [, , , group, ...rest] = request.path.split("/").map(decodeURIComponent);
    if (group === "cloud" && rest[0] === "users") return users(request, visitor, rest[1], rest[2]);
    if (group === "cloud" && rest[0] === "user") return showUser(parts.store, visitor.account);
    if (group === "core") return appPasswords(parts.store, request, visitor, rest.join("/"));
    return UNKNOWN;
  }

  return async (request) => {
    const visitor = parts.auth.visitor(request);
    if (visitor.kind === "blocked")
      return envelope(request, { code: 429, http: 429, message: "Reached maximum delay" });
    if (visitor.kind !== "account") return envelope(request, UNAUTHORISED);
    if (header(request, "ocs-apirequest") === undefined) {
      return { status: 412, headers: JSON_TYPE, body: '{"message":"CSRF check failed"}' };
    }
    if (isEdit(request) && visitor.isAdmin && !parts.edits.allow(visitor.account.id)) return TOO_MANY_EDITS;
    return envelope(request, await route(request, visitor));
  };
}

type Member = Extract<Visitor, { kind: "account" }>;
const JSON_TYPE = { "Content-Type": "application/json; charset=utf-8" };

/** Setting a value of an account; enabling and disabling do not count. */
function isEdit(request: Request): boolean {
  return request.method === "PUT" && /^\/ocs\/v[12]\.php\/cloud\/users\/[^/]+$/.test(request.path);
}

function appPasswords(store: Store, request: Request, visitor: Member, path: string): OcsResult {
  const { account, appPassword } = visitor;
  const call = `${request.method} ${path}`;
  if (call === "GET getapppassword" && appPassword !== null) {
    return { code: 403, http: 403, message: "You cannot request an new apppassword with an apppassword" };
  }
  if (call === "GET getapppassword") return ok({ apppassword: newAppPassword(store, account.id) });
  if (appPassword === null) return { code: 403, http: 403, message: "no app password in use" };
  if (call === "DELETE apppassword") {
    store.dropAppPassword(account.id, appPassword);
    return ok();
  }
  if (call !== "POST apppassword/rotate") return UNKNOWN;
  store.dropAppPassword(account.id, appPassword);
  return ok({ apppassword: newAppPassword(store, account.id) });
}

function newAppPassword(store: Store, account: string): string {
  const secret = makeSecret(72);
  store.addAppPassword(account, secret);
  return secret;
}

const Page = z.object({
  search: z.string().default(""),
  limit: z.coerce.number().int().positive().default(1_000_000),
  offset: z.coerce.number().int().nonnegative().default(0),
});

function listUsers(store: Store, request: Request): OcsResult {
  const page = Page.safeParse(Object.fromEntries(request.query));
  if (!page.success) return refuse(400, "Bad request");
  return ok({ users: store.accountNames(page.data.search, page.data.limit, page.data.offset) });
}

/** JSON or a form, as both are taken. */
function readBody(request: Request): unknown {
  const text = request.body.toString("utf8");
  if (!header(request, "content-type")?.startsWith("application/json"))
    return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
