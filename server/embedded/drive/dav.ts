// The embedded drive's WebDAV: homes under /remote.php/dav/files/<user>/. Nobody but the user sees or reaches anything in a home,
// and instead of a refusal others get an empty listing, or "not found".

import { setTimeout as sleep } from "node:timers/promises";
import type { Auth } from "./auth.ts";
import { davError, locked, multistatus, notFound, requestedProps } from "./dav-reply.ts";
import { header, type Reply, type Request } from "./message.ts";
import { now, type Store, type StoredFile } from "./store.ts";

export const DAV_FILES = "/remote.php/dav/files/";

/** How long a deletion holds its lock: a folder that is deleted meanwhile is locked. */
const DELETE_MS = 20;

export type DavHandler = (request: Request) => Promise<Reply>;

interface Place {
  readonly account: string;
  /** From the home, decoded, no slash at either end. */
  readonly path: string;
  /** What hrefs begin with. */
  readonly base: string;
}

/** Answers everything below DAV_FILES. */
export function createDavHandler(store: Store, auth: Auth): DavHandler {
  const deleting = new Set<string>();

  function isBusy(account: string, path: string): boolean {
    const key = `${account}/${path}`;
    return [...deleting].some((other) => other === key || other.startsWith(`${key}/`) || key.startsWith(`${other}/`));
  }

  async function remove(request: Request, { account, path }: Place): Promise<Reply> {
    if (path === "")
      return davError(403, "Sabre\\DAV\\Exception\\Forbidden", "Permission denied to delete home folder");
    if (store.file(account, path) === undefined) return notFound(path);
    if (isBusy(account, path)) return locked(path);
    const key = `${account}/${path}`;
    deleting.add(key);
    try {
      await sleep(DELETE_MS);
      store.drop(account, path, header(request, "x-nc-skip-trashbin") !== "true");
      touchParents(store, account, path);
    } finally {
      deleting.delete(key);
    }
    return { status: 204 };
  }

  return async (request) => {
    const visitor = auth.visitor(request);
    if (visitor.kind === "blocked") {
      return davError(429, "OCA\\DAV\\Connector\\Sabre\\Exception\\TooManyRequests", "Too many requests");
    }
    if (visitor.kind === "disabled") {
      return davError(
        503,
        "Sabre\\DAV\\Exception\\ServiceUnavailable",
        "OC\\User\\DisabledUserException: Account disabled",
      );
    }
    if (visitor.kind !== "account") {
      const challenge = { "WWW-Authenticate": 'Basic realm="Nextcloud", charset="UTF-8"' };
      return davError(401, "Sabre\\DAV\\Exception\\NotAuthenticated", "Cannot authenticate over ajax calls", challenge);
    }
    const place = locate(request.path);
    if (place === undefined || store.account(place.account) === undefined) {
      return davError(404, "Sabre\\DAV\\Exception\\NotFound", `Principal with name ${place?.account ?? ""} not found`);
    }
    if (visitor.account.id !== place.account) return asStranger(request, place);
    if (request.method === "PROPFIND") return list(store, request, place);
    if (request.method === "DELETE") return remove(request, place);
    if (request.method === "PUT")
      return isBusy(place.account, place.path) ? locked(place.path) : put(store, request, place);
    if (request.method === "MKCOL") return makeFolder(store, place);
    if (request.method === "GET") return get(store, place);
    return davError(
      501,
      "Sabre\\DAV\\Exception\\NotImplemented",
      `There was no plugin in the system that was willing to handle this ${request.method} method`,
    );
  };
}

function locate(path: string): Place | undefined {
  const [account, ...rest] = path.slice(DAV_FILES.length).split("/");
  if (account === undefined || account === "") return undefined;
  const id = decodeURIComponent(account).toLowerCase();
  return { account: id, path: rest.filter(Boolean).map(decodeURIComponent).join("/"), base: `${DAV_FILES}${account}/` };
}

function home(store: Store, account: string): StoredFile {
  return { path: "", is_folder: 1, size: store.usedBytes(account), modified: now(), uploaded: 0 };
}

function asStranger(request: Request, place: Place): Reply {
  if (request.method !== "PROPFIND" || place.path !== "") return notFound(place.path);
  const empty = { path: "", is_folder: 1, size: 0, modified: now(), uploaded: 0 };
  return multistatus(place.base, [empty], requestedProps(request.body.toString("utf8")));
}

function list(store: Store, request: Request, { account, path, base }: Place): Reply {
  const self = path === "" ? home(store, account) : store.file(account, path);
  if (self === undefined) return notFound(path);
  const depth = header(request, "depth") ?? "infinity";
  const within = depth === "0" || self.is_folder === 0 ? [] : store.below(account, path);
  const start = path === "" ? 0 : path.length + 1;
  const shown = depth === "1" ? within.filter((file) => !file.path.slice(start).includes("/")) : within;
  return multistatus(base, [self, ...shown], requestedProps(request.body.toString("utf8")));
}

function parentIsMissing(store: Store, account: string, path: string): boolean {
  const parent = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
  return parent !== "" && store.file(account, parent)?.is_folder !== 1;
}

function put(store: Store, request: Request, { account, path }: Place): Reply {
  const before = store.file(account, path);
  if (path === "" || before?.is_folder === 1)
    return davError(409, "Sabre\\DAV\\Exception\\Conflict", "PUT is not allowed on non-files.");
  if (parentIsMissing(store, account, path))
    return davError(409, "Sabre\\DAV\\Exception\\Conflict", "Parent folder does not exist");
  const quota = store.account(account)?.quota ?? 0;
  if (quota >= 0 && store.usedBytes(account) + request.body.length > quota) {
    return davError(507, "Sabre\\DAV\\Exception\\InsufficientStorage", "Insufficient space");
  }
  const modified = Number(header(request, "x-oc-mtime") ?? now());
  store.put(account, { path, is_folder: 0, size: request.body.length, modified, uploaded: now() }, request.body);
  touchParents(store, account, path);
  return { status: before === undefined ? 201 : 204 };
}

function makeFolder(store: Store, { account, path }: Place): Reply {
  if (path === "" || store.file(account, path) !== undefined) {
    return davError(405, "Sabre\\DAV\\Exception\\MethodNotAllowed", "The resource you tried to create already exists");
  }
  if (parentIsMissing(store, account, path))
    return davError(409, "Sabre\\DAV\\Exception\\Conflict", "Parent node does not exist");
  store.put(account, { path, is_folder: 1, size: 0, modified: now(), uploaded: 0 }, null);
  touchParents(store, account, path);
  return { status: 201 };
}

function get(store: Store, { account, path }: Place): Reply {
  const file = store.file(account, path);
  if (file === undefined || file.is_folder === 1) return notFound(path);
  const body = store.body(account, path) ?? Buffer.alloc(file.size);
  return { status: 200, headers: { "Content-Type": "application/octet-stream" }, body };
}

/** A change shows in the time of the folders around it. */
function touchParents(store: Store, account: string, path: string): void {
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    const folder = store.file(account, path.slice(0, at));
    if (folder !== undefined) store.put(account, { ...folder, modified: now() }, null);
  }
}
