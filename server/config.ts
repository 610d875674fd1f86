// This application's configuration, read from the environment once, at the start of a process.
import { resolve } from "node:path";
import { type EngineConfig, orExit, readVariables, toEngineConfig } from "steward/config";
import type { CloudConfig } from "./clouds-file.ts";
import { problemsBetween, type Variables, variables } from "./settings.ts";

export interface Config extends EngineConfig {
  /** Model name of the agent that onboarding makes. */
  readonly assistantModel: string;
  readonly encryptionKey: Buffer | undefined;
  /** The first token of a subject makes its row in app_public.users; otherwise the application does. */
  readonly tokensMakeUsers: boolean;
  /** What somebody removed at a provider is made again; otherwise it counts as lost. */
  readonly remakesWhatIsGone: boolean;
  /** How the drive is used, where that is a Nextcloud. */
  readonly nextcloud: NextcloudUse;
  /** Undefined: the embedded drive. */
  readonly drive: DriveConfig | undefined;
  /** None: the embedded cloud. */
  readonly clouds: readonly CloudConfig[];
}

export interface NextcloudConfig {
  readonly kind: "nextcloud";
  readonly url: string;
  readonly adminUser: string;
  readonly adminPassword: string;
}

export interface NextcloudUse {
  /** How many changes of accounts a process makes. */
  readonly editBudget: { readonly edits: number; readonly windowMs: number };
  readonly quota: string | undefined;
  /** Undefined: those of the release. */
  readonly skeletonFiles: readonly string[] | undefined;
  readonly maxInFlight: number | undefined;
  readonly timeoutMs: number | undefined;
  /** Certificates in PEM. */
  readonly ca: string | undefined;
}

export interface ScimConfig {
  readonly kind: "scim";
  readonly url: string;
  readonly token: string;
  /** What becomes of an account whose user was deleted. */
  readonly removal: "delete" | "deactivate";
  readonly maxInFlight: number | undefined;
  readonly timeoutMs: number | undefined;
  /** Certificates in PEM. */
  readonly ca: string | undefined;
}

export type DriveConfig = NextcloudConfig | ScimConfig;

export const PROJECT_ROOT = resolve(import.meta.dirname, "..");

/** Reads the configuration from `env` (empty values count as unset). ST801 names what is wrong and what to do. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  return toConfig(readVariables(variables, problemsBetween, env));
}

/** `loadConfig(process.env)` for commands: a wrong setting ends the process with one line on stderr and exit code 2. */
export function loadConfigOrExit(): Config {
  return orExit(() => loadConfig(process.env));
}

function toConfig(values: Variables): Config {
  return {
    ...toEngineConfig(values, PROJECT_ROOT),
    assistantModel: values.ASSISTANT_MODEL,
    encryptionKey: values.ENCRYPTION_KEY,
    tokensMakeUsers: values.TOKENS_MAKE_USERS,
    remakesWhatIsGone: values.REMAKE_WHAT_IS_GONE,
    nextcloud: nextcloudUseOf(values),
    drive: driveOf(values),
    clouds: [...openStackOf(values), ...values.CLOUDS_FILE],
  };
}

function driveOf(values: Variables): DriveConfig | undefined {
  const { NEXTCLOUD_URL: url, NEXTCLOUD_ADMIN_USER: adminUser, NEXTCLOUD_ADMIN_PASSWORD: adminPassword } = values;
  if (url && adminUser && adminPassword) return { kind: "nextcloud", url, adminUser, adminPassword };
  return scimOf(values);
}

function scimOf(values: Variables): ScimConfig | undefined {
  const { SCIM_URL: url, SCIM_TOKEN: token, SCIM_REMOVAL: removal, SCIM_TIMEOUT_SECONDS: seconds } = values;
  if (!url || !token) return undefined;
  const { SCIM_REQUESTS_AT_ONCE: maxInFlight, SCIM_CA_FILE: ca } = values;
  return { kind: "scim", url, token, removal, maxInFlight, timeoutMs: seconds && seconds * 1000, ca };
}

function nextcloudUseOf(values: Variables): NextcloudUse {
  const { NEXTCLOUD_TIMEOUT_SECONDS: seconds } = values;
  return {
    editBudget: { edits: values.NEXTCLOUD_EDITS, windowMs: values.NEXTCLOUD_EDITS_SECONDS * 1000 },
    quota: values.NEXTCLOUD_QUOTA,
    skeletonFiles: values.NEXTCLOUD_SKELETON_FILE,
    maxInFlight: values.NEXTCLOUD_REQUESTS_AT_ONCE,
    timeoutMs: seconds && seconds * 1000,
    ca: values.NEXTCLOUD_CA_FILE,
  };
}

/** The cloud of the OS_ variables. */
function openStackOf(values: Variables): CloudConfig[] {
  const { OS_AUTH_URL: url, OS_USERNAME: username, OS_PASSWORD: password } = values;
  const { OS_PROJECT_NAME: projectName, OS_REGION_NAME: regionName } = values;
  const { OS_USER_DOMAIN_NAME: userDomainName, OS_PROJECT_DOMAIN_NAME: projectDomainName } = values;
  if (!url || !username || !password || !projectName) return [];
  if (!userDomainName || !projectDomainName || !regionName) return [];
  const { OS_REQUESTS_AT_ONCE: requestsAtOnce, OS_TIMEOUT_SECONDS: timeoutSeconds, OS_CACERT: ca } = values;
  const limits = { requestsAtOnce, timeoutSeconds, ca };
  const login = { url, username, password, projectName, userDomainName, projectDomainName };
  return [{ kind: "keystone", provider: "openstack", regions: [regionName], ...login, ...limits }];
}
