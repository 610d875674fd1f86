// What the drive tests speak to: the embedded drive, or a real Nextcloud when NEXTCLOUD_URL (and _ADMIN_USER, _ADMIN_PASSWORD) is set;
// and a plain client of its own to look with, so that the adapter is not judged by itself.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmbeddedDrive, startDrive } from "../../../server/embedded/drive/server.ts";
import type { DriveAccount } from "../../../server/providers/drive.ts";

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface Target {
  readonly url: string;
  readonly admin: Login;
  close(): Promise<void>;
}

export type EmbeddedTarget = Target & { readonly drive: EmbeddedDrive };

/** An embedded drive of its own for the test file. */
export async function openEmbedded(): Promise<EmbeddedTarget> {
  const dir = await mkdtemp(join(tmpdir(), "steward-drive-"));
  const drive = await startDrive({ dir, latency: { min: 0, max: 2 } });
  return {
    url: drive.url,
    admin: { user: drive.adminUser, password: drive.adminPassword },
    drive,
    async close() {
      await drive.close();
      await rm(dir, { recursive: true });
    },
  };
}

/** The Nextcloud of the environment, or an embedded drive. */
export async function openTarget(): Promise<Target & Partial<EmbeddedTarget>> {
  const { NEXTCLOUD_URL: url, NEXTCLOUD_ADMIN_USER: user, NEXTCLOUD_ADMIN_PASSWORD: password } = process.env;
  if (!url) return openEmbedded();
  return {
    url: url.replace(/\/+$/, ""),
    admin: { user: user ?? "admin", password: password ?? "" },
    close: async () => {},
  };
}

export const loginOf = (account: DriveAccount): Login => ({ user: account.externalId, password: account.password });

/** A plain client: no retries, no judgement. `login` null sends no authorization. */
export function client(url: string) {
  async function send(
    login: Login | null,
    method: string,
    path: string,
    init: { headers?: Record<string, string>; body?: string } = {},
  ) {
    const authorization = login && `Basic ${Buffer.from(`${login.user}:${login.password}`).toString("base64")}`;
    const headers = { ...init.headers, ...(authorization === null ? {} : { Authorization: authorization }) };
    const response = await fetch(`${url}${path}`, { method, headers, body: init.body ?? null });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** An OCS v2 call with a JSON body. */
  async function ocs(login: Login | null, method: string, path: string, body?: Record<string, unknown>, version = 2) {
    const headers = { "OCS-APIRequest": "true", "Content-Type": "application/json" };
    const init = body === undefined ? { headers } : { headers, body: JSON.stringify(body) };
    const answer = await send(login, method, `/ocs/v${version}.php${path}?format=json`, init);
    const parsed = answer.text.startsWith("{") ? JSON.parse(answer.text) : {};
    return { ...answer, code: parsed.ocs?.meta.statuscode, message: parsed.ocs?.meta.message, data: parsed.ocs?.data };
  }

  const davPath = (user: string, path: string) =>
    `/remote.php/dav/files/${encodeURIComponent(user)}/${path.split("/").map(encodeURIComponent).join("/")}`;

  /** A WebDAV request in the home of `owner` (by default the login's own). */
  const dav = (
    login: Login,
    method: string,
    path: string,
    init: { owner?: string; headers?: Record<string, string>; body?: string } = {},
  ) => send(login, method, davPath(init.owner ?? login.user, path), init);

  /** Everything in a home, from a full listing, decoded; folders end in a slash. */
  async function paths(login: Login, owner = login.user, depth = "infinity"): Promise<string[]> {
    const { status, text } = await dav(login, "PROPFIND", "", { owner, headers: { Depth: depth } });
    if (status !== 207) throw new Error(`listing: HTTP ${status}`);
    const hrefs = [...text.matchAll(/<d:href>([^<]*)<\/d:href>/g)].map(([, href]) => decodeURIComponent(href ?? ""));
    return hrefs
      .map((href) => href.split(`/dav/files/${owner}/`)[1] ?? "?")
      .filter((path) => path !== "")
      .sort();
  }

  return { send, ocs, dav, paths };
}
