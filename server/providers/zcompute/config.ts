// What the zCompute adapter needs to know, and what it does only where its configuration says so. Experimental: see docs/providers/zcompute.md.
import type { ProjectRole } from "../cloud.ts";

export interface AccessKey {
  readonly access: string;
  readonly secret: string;
}

/** One region: its address, and the login of the account (a domain there) whose projects and users are managed. */
export interface ZComputeRegion {
  readonly name: string;
  /** Such as https://compute-eu.example.com. */
  readonly url: string;
  readonly account: string;
  readonly username: string;
  readonly password: string;
  /** The project to sign in to; without one the login is for the account as a whole. */
  readonly project?: string | undefined;
  /** The secret of the login's second factor, in base32, if it has one. */
  readonly totpSecret?: string | undefined;
  /** An administrator's access key for each project (by its id) in which members may be given keys. A key is good for one project only. */
  readonly keys?: Readonly<Record<string, AccessKey>> | undefined;
}

/** For each of our roles: the word for the address of a grant, and further names and ids by which the same role may be listed. */
export type RoleWords = Readonly<Record<ProjectRole, readonly string[]>>;

export interface ZComputeConfig {
  /** As in app_public.projects.provider. Default `zcompute`. */
  readonly name?: string;
  readonly regions: readonly ZComputeRegion[];
  /** What else belongs into the body that makes a project. Without it people make the projects, and Steward adopts them. */
  readonly createProjects?: Readonly<Record<string, unknown>> | undefined;
  /** May enable, disable and describe projects. Default: no. */
  readonly changeProjects?: boolean | undefined;
  /** May remove projects. Default: no. */
  readonly removeProjects?: boolean | undefined;
  /** A project counts only when it has a VPC that is available. Default: no. */
  readonly needsNetwork?: boolean | undefined;
  readonly roles?: Partial<RoleWords> | undefined;
  /** Requests at once in this process and region. Default 8: about 190 made a cluster time out. */
  readonly maxInFlight?: number | undefined;
  /** Certificates in PEM of authorities to trust besides the usual ones. Nothing turns the check off. */
  readonly ca?: string | undefined;
  /** For one request with its answer, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Never `tenant_admin` unless asked for: its holder administers the whole account. No role stands for viewers: reading only is a policy
 * there, and every account comes with FullAccess.
 */
export const DEFAULT_ROLES: RoleWords = { owner: ["_member_"], admin: ["_member_"], member: ["_member_"], viewer: [] };

/** Policies show up among the roles under these names. They are never ours to give or take. */
const POLICY = /^(strato-)?policy:/;
/** What an operator of the whole cluster signs in to. */
const OPERATORS = new Set(["cloud_admin", "cloud_msp"]);

/** What is wrong with a configuration, in sentences. */
export function problemsOf(config: ZComputeConfig): string[] {
  const words = Object.values(config.roles ?? {}).flat();
  const reserved = ["name", "domain_id", "description"].filter((field) => field in (config.createProjects ?? {}));
  return [
    ...words.filter((word) => POLICY.test(word)).map((word) => `"${word}" is a policy, not a role`),
    ...reserved.map((field) => `a project's ${field} is set by Steward`),
    ...config.regions
      .filter(({ account }) => OPERATORS.has(account.toLowerCase()))
      .map(({ account }) => `"${account}" is an operator's account: use a local user of the account that is managed`),
  ];
}
