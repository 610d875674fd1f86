// WebDAV in the shapes of the real drive: multistatus listings, and errors that carry an exception's name.

import { escapeXml, type Reply } from "./message.ts";
import type { StoredFile } from "./store.ts";

const XML = { "Content-Type": "application/xml; charset=utf-8" };

/** An error with the exception's class and message in its body. */
export function davError(
  status: number,
  exception: string,
  message: string,
  headers: Record<string, string> = {},
): Reply {
  const body =
    `<?xml version="1.0" encoding="utf-8"?>\n<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">\n` +
    `  <s:exception>${escapeXml(exception)}</s:exception>\n  <s:message>${escapeXml(message)}</s:message>\n</d:error>\n`;
  return { status, headers: { ...XML, ...headers }, body };
}

export function notFound(path: string): Reply {
  return davError(404, "Sabre\\DAV\\Exception\\NotFound", `File with name ${path} could not be located`);
}

export function locked(path: string): Reply {
  return davError(423, "OCA\\DAV\\Connector\\Sabre\\Exception\\FileLocked", `"/${path}" is locked`);
}

const DEFAULT_PROPS = ["d:getlastmodified", "d:getcontentlength", "d:resourcetype", "d:getetag", "d:quota-used-bytes"];

/** The properties that a PROPFIND's body names, with the prefixes that our answers use. */
export function requestedProps(body: string): readonly string[] {
  const prefixes = new Map([...body.matchAll(/xmlns:([\w-]+)="([^"]+)"/g)].map(([, prefix, uri]) => [prefix, uri]));
  const inside = /<(?:[\w-]+:)?prop>([\s\S]*)<\/(?:[\w-]+:)?prop>/.exec(body)?.[1];
  if (inside === undefined) return DEFAULT_PROPS;
  return [...inside.matchAll(/<([\w-]+):([\w-]+)\s*\/?>/g)].map(([, prefix, name]) => {
    return `${OUR_PREFIX[prefixes.get(prefix ?? "") ?? ""] ?? "x"}:${name}`;
  });
}

const OUR_PREFIX: Record<string, string> = {
  "DAV:": "d",
  "http://owncloud.org/ns": "oc",
  "http://nextcloud.org/ns": "nc",
};

/** 207 with a response for each of `files`, hrefs below `base` (encoded, with a slash at the end). A file with path "" is the home. */
export function multistatus(base: string, files: readonly StoredFile[], props: readonly string[]): Reply {
  const responses = files.map((file) => response(base, file, props)).join("");
  const names =
    'xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns"';
  return {
    status: 207,
    headers: XML,
    body: `<?xml version="1.0"?>\n<d:multistatus ${names}>${responses}</d:multistatus>\n`,
  };
}

function response(base: string, file: StoredFile, props: readonly string[]): string {
  const slash = file.is_folder === 1 && file.path !== "" ? "/" : "";
  const href = base + file.path.split("/").map(encodeSegment).join("/") + slash;
  const values = props.map((name) => [name, value(file, name)] as const);
  const known = values.flatMap(([name, text]) => (text === undefined ? [] : [`<${name}>${text}</${name}>`]));
  const unknown = values.flatMap(([name, text]) =>
    text === undefined && !name.startsWith("x:") ? [`<${name}/>`] : [],
  );
  return `<d:response><d:href>${escapeXml(href)}</d:href>${propstat(known, "200 OK")}${propstat(unknown, "404 Not Found")}</d:response>`;
}

function propstat(props: readonly string[], status: string): string {
  if (props.length === 0 && !status.startsWith("200")) return "";
  return `<d:propstat><d:prop>${props.join("")}</d:prop><d:status>HTTP/1.1 ${status}</d:status></d:propstat>`;
}

function value(file: StoredFile, name: string): string | undefined {
  const isFolder = file.is_folder === 1;
  if (name === "d:resourcetype") return isFolder ? "<d:collection/>" : "";
  if (name === "d:getlastmodified") return new Date(file.modified * 1000).toUTCString();
  if (name === "d:getetag") return `&quot;${file.modified.toString(16)}${file.size.toString(16)}&quot;`;
  if (name === "oc:permissions") return isFolder ? "RGDNVCK" : "RGDNVW";
  if (name === "nc:upload_time") return String(file.uploaded);
  if (name === "d:getcontentlength") return isFolder ? undefined : String(file.size);
  if (name === "d:quota-used-bytes" || name === "oc:size") return isFolder ? String(file.size) : undefined;
  return undefined;
}

/** As the real one encodes names in hrefs: also what encodeURIComponent leaves. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
