// What the OpenStack adapter needs to know, and what it assumes where nothing is said.
import type { ProjectRole } from "../cloud.ts";

/** One region: its Keystone and the administrator to sign in as. */
export interface OpenStackRegion {
  readonly name: string;
  /** OS_AUTH_URL, with or without the trailing /v3. */
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
  readonly userDomainName: string;
  readonly projectDomainName: string;
}

/** Names of Keystone roles for each of ours; of several, the first that exists there is given. */
export type RoleNames = Readonly<Record<ProjectRole, readonly string[]>>;

export interface OpenStackConfig {
  /** As in app_public.projects.provider. Default `openstack`. */
  readonly name?: string;
  readonly regions: readonly OpenStackRegion[];
  readonly roles?: Partial<RoleNames> | undefined;
  /** Requests at once in this process and region. Default 16. */
  readonly maxInFlight?: number | undefined;
  /** For one request with its answer, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Certificates in PEM of authorities to trust besides the usual ones. */
  readonly ca?: string | undefined;
}

/**
 * Never Keystone's own `admin`: under its default policy an admin of any one project may do everything in the whole cloud (a real
 * Keystone 22 let such a user list all accounts and make projects). `manager` exists in newer releases only.
 */
export const DEFAULT_ROLES: RoleNames = {
  owner: ["manager", "member"],
  admin: ["manager", "member"],
  member: ["member"],
  viewer: ["reader"],
};

/** The address of the v3 API, without a slash at its end. */
export function apiUrl(authUrl: string): string {
  const trimmed = authUrl.replace(/\/+$/, "");
  return trimmed.endsWith("/v3") ? trimmed : `${trimmed}/v3`;
}
