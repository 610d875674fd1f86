// The files of one account over WebDAV, as that account: what an administrator lists of somebody else's home is always empty.
// The webdav library builds requests and reads listings; its requests go through our own call wrapper.

import { AsyncLocalStorage } from "node:async_hooks";
import { StewardError } from "steward/errors";
import { createClient, type FileStat, getPatcher, type WebDAVClient, type WebDAVClientError } from "webdav";
import { AppError } from "../../errors.ts";
import type { CallContext, Http } from "../http.ts";
import { basicAuth, type Login } from "./ocs.ts";
import type { Entry } from "./skeleton.ts";

export interface Dav {
  /** What is directly in the folder ("" is the home), or everything below it; empty if the folder is gone. */
  list(folder: string, ctx: CallContext, options?: ListOptions): Promise<Entry[]>;
  /** Deletes a file, or a folder with all that is in it, past the trash bin. */
  remove(path: string, ctx: CallContext): Promise<"removed" | "gone" | "locked">;
}

export interface ListOptions {
  readonly isDeep?: boolean;
  /** The drive puts its files into a home with the account's first request, whatever that is: it takes its time, and changes something. */
  readonly isFirst?: boolean;
}

const FIRST_TIMES_AS_LONG = 2;

// The library has no way to be given a fetch, but one to replace its own for good. Ours finds out by the async context whose call it is.
const current = new AsyncLocalStorage<{ http: Http; ctx: CallContext; isFirst?: boolean }>();
getPatcher().patch("fetch", (url, init) => fetchThroughWrapper(String(url), init as DavInit));

/** What the library gives to fetch. */
interface DavInit {
  readonly method?: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

const READS = new Set(["PROPFIND", "GET", "HEAD", "OPTIONS"]);
const NO_BODY = new Set([204, 304]);

async function fetchThroughWrapper(url: string, init: DavInit): Promise<Response> {
  const call = current.getStore();
  if (call === undefined) throw new Error("a WebDAV request outside of a provider call");
  const method = init.method ?? "GET";
  const body = typeof init.body === "string" ? init.body : undefined;
  const { http, ctx, isFirst = false } = call;
  const timeoutMs = http.timeoutMs * (isFirst ? FIRST_TIMES_AS_LONG : 1);
  const changes = isFirst || !READS.has(method);
  const answer = await http.send({ method, url, headers: init.headers, body, changes, timeoutMs }, ctx);
  return new Response(NO_BODY.has(answer.status) ? null : answer.text, {
    status: answer.status,
    headers: answer.headers,
  });
}

const LISTED = `<?xml version="1.0"?>
<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns">
  <d:prop><d:resourcetype/><d:getlastmodified/><d:getcontentlength/><oc:permissions/><nc:upload_time/></d:prop>
</d:propfind>`;

/** The home of `login.user`, with that login: a password or an app password. */
export function createDav(http: Http, baseUrl: string, login: Login): Dav {
  const home = `${baseUrl}/remote.php/dav/files/${encodeURIComponent(login.user)}`;
  const client = createClient(home, { headers: { Authorization: basicAuth(login) } });

  return {
    async list(folder, ctx, { isDeep = false, isFirst = false } = {}) {
      try {
        return await current.run({ http, ctx, isFirst }, () => listFolder(client, folder, isDeep));
      } catch (error) {
        if (statusOf(error) === 404 && folder !== "") return [];
        throw asStewardError("list files", error);
      }
    },
    async remove(path, ctx) {
      try {
        await current.run({ http, ctx }, () =>
          client.deleteFile(`/${path}`, { headers: { "X-NC-Skip-Trashbin": "true" } }),
        );
        return "removed";
      } catch (error) {
        if (statusOf(error) === 404) return "gone";
        if (statusOf(error) === 423) return "locked";
        throw asStewardError("delete file", error);
      }
    },
  };
}

async function listFolder(client: WebDAVClient, folder: string, deep: boolean): Promise<Entry[]> {
  const headers = { "Content-Type": "application/xml" };
  const { data } = await client.getDirectoryContents(`/${folder}`, { details: true, deep, data: LISTED, headers });
  return data.map(toEntry);
}

function toEntry(stat: FileStat): Entry {
  const props: Record<string, unknown> = stat.props ?? {};
  const modified = Date.parse(stat.lastmod) / 1000;
  return {
    path: stat.filename.replace(/^\//, ""),
    isFolder: stat.type === "directory",
    modified: Number.isFinite(modified) ? modified : Number.POSITIVE_INFINITY,
    uploaded: Number(props.upload_time) > 0,
    foreign: typeof props.permissions === "string" && /[SM]/.test(props.permissions),
  };
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error ? (error as WebDAVClientError).status : undefined;
}

function asStewardError(what: string, error: unknown): unknown {
  const status = statusOf(error);
  if (status === 401) return new AppError("ST507", { cause: `${what}: HTTP 401` });
  if (status === 404) return new AppError("ST510", { cause: `${what}: HTTP 404` });
  if (status !== undefined) return new AppError("ST505", { cause: `${what}: HTTP ${status}` });
  // What is left: our own errors, what guard and signal threw, and listings that cannot be read.
  return error instanceof StewardError || !isParseFailure(error) ? error : new AppError("ST505", { cause: error });
}

function isParseFailure(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    (error instanceof Error && /^(Failed parsing|Invalid response|Response property)/.test(error.message))
  );
}
