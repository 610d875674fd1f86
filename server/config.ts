// Steward's configuration, read from the environment once, at the start of a process.
import { resolve } from "node:path";
import { StewardError } from "./errors.ts";
import { problemsBetween, type Variables, variables } from "./settings.ts";

export { resolveDatabase, resolveServices, type Services } from "./services.ts";

export interface Config {
  readonly environment: "development" | "production" | "test";
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  /** Origins that browsers may call from; `["*"]` for all. */
  readonly corsOrigins: readonly string[];
  /** Whether GraphQL introspection is answered; on unless in production. */
  readonly introspection: boolean;
  /** Requests per second that one subject may make for long; an address may make five times as many. */
  readonly rateLimit: number;
  /** Proxies between the clients and this server, each of which adds to X-Forwarded-For. */
  readonly trustedProxies: number;
  /** Absolute path of a JSON file, id to document. Defined: only these are answered. */
  readonly persistedOperations: string | undefined;
  /** Absolute path of the data folder. */
  readonly dataDir: string;
  readonly workerConcurrency: number;
  /** Tells the workers of one copy of the database from those of another; undefined: not told apart. */
  readonly instance: string | undefined;
  /** Model name of the agent that onboarding makes. */
  readonly assistantModel: string;
  readonly encryptionKey: Buffer | undefined;
  /** Undefined: the embedded Postgres. */
  readonly database: DatabaseConfig | undefined;
  readonly jwt: JwtConfig;
  /** Undefined: the embedded drive. */
  readonly drive: DriveConfig | undefined;
  /** Undefined: the embedded cloud. */
  readonly cloud: CloudConfig | undefined;
}

export interface DatabaseConfig {
  /** The owner's connection. */
  readonly url: string;
  /** The server's restricted login. */
  readonly apiUrl: string;
}

export interface JwtConfig {
  readonly secret: string | undefined;
  readonly identityProvider:
    | { readonly jwksUrl: string; readonly issuer: string; readonly audience: string }
    | undefined;
  /** Path of the claim that holds the role or roles: `["realm_access", "roles"]`. */
  readonly roleClaim: readonly string[];
  /** Claim values that make an admin. */
  readonly adminRoles: readonly string[];
  /** Claim values that make a user; `*`: every valid token does. */
  readonly userRoles: readonly string[];
  /** The first token of a subject makes its row in app_public.users; otherwise the application does. */
  readonly makesUsers: boolean;
}

export interface DriveConfig {
  readonly url: string;
  readonly adminUser: string;
  readonly adminPassword: string;
}

export interface CloudConfig {
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
  readonly userDomainName: string;
  readonly projectDomainName: string;
  readonly regionName: string;
}

export const PROJECT_ROOT = resolve(import.meta.dirname, "..");

/** Reads the configuration from `env` (empty values count as unset). ST801 names what is wrong and what to do. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const present = Object.entries(env).flatMap(([name, value]) =>
    value?.trim() ? [[name, value.trim()] as const] : [],
  );
  const parsed = variables.safeParse(Object.fromEntries(present));
  if (!parsed.success) throw wrong(parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`));
  const problems = problemsBetween(parsed.data);
  if (problems.length > 0) throw wrong(problems);
  return toConfig(parsed.data);
}

/** `loadConfig(process.env)` for commands: a wrong setting ends the process with one line on stderr and exit code 2. */
export function loadConfigOrExit(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    process.stderr.write(`steward: ${error.message}\n`);
    process.exit(2);
  }
}

function wrong(problems: readonly string[]): StewardError {
  const others = problems.length > 1 ? ` (and ${problems.length - 1} more to correct)` : "";
  return new StewardError("ST801", { sentence: `${problems[0]}${others}` });
}

function toConfig(values: Variables): Config {
  return {
    environment: values.NODE_ENV,
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    corsOrigins: values.CORS_ORIGINS,
    introspection: values.INTROSPECTION ?? values.NODE_ENV !== "production",
    trustedProxies: values.TRUST_PROXY,
    rateLimit: values.RATE_LIMIT ?? (values.NODE_ENV === "production" ? 100 : 100_000),
    persistedOperations: values.PERSISTED_OPERATIONS ? resolve(PROJECT_ROOT, values.PERSISTED_OPERATIONS) : undefined,
    dataDir: resolve(PROJECT_ROOT, values.STEWARD_DATA_DIR),
    workerConcurrency: values.WORKER_CONCURRENCY,
    instance: values.STEWARD_INSTANCE,
    assistantModel: values.ASSISTANT_MODEL,
    encryptionKey: values.ENCRYPTION_KEY,
    database: databaseOf(values),
    jwt: jwtOf(values),
    drive: driveOf(values),
    cloud: cloudOf(values),
  };
}

function databaseOf({ DATABASE_URL: url, API_DATABASE_URL: apiUrl }: Variables): DatabaseConfig | undefined {
  return url && apiUrl ? { url, apiUrl } : undefined;
}

function jwtOf(values: Variables): JwtConfig {
  const { JWKS_URL: jwksUrl, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = values;
  return {
    secret: values.JWT_SECRET,
    identityProvider: jwksUrl && issuer && audience ? { jwksUrl, issuer, audience } : undefined,
    roleClaim: values.JWT_ROLE_CLAIM.split("."),
    adminRoles: values.JWT_ADMIN_ROLES,
    userRoles: values.JWT_USER_ROLES,
    makesUsers: values.TOKENS_MAKE_USERS,
  };
}

function driveOf(values: Variables): DriveConfig | undefined {
  const { NEXTCLOUD_URL: url, NEXTCLOUD_ADMIN_USER: adminUser, NEXTCLOUD_ADMIN_PASSWORD: adminPassword } = values;
  return url && adminUser && adminPassword ? { url, adminUser, adminPassword } : undefined;
}

function cloudOf(values: Variables): CloudConfig | undefined {
  const { OS_AUTH_URL: authUrl, OS_USERNAME: username, OS_PASSWORD: password } = values;
  const { OS_PROJECT_NAME: projectName, OS_REGION_NAME: regionName } = values;
  const { OS_USER_DOMAIN_NAME: userDomainName, OS_PROJECT_DOMAIN_NAME: projectDomainName } = values;
  if (!authUrl || !username || !password || !projectName) return undefined;
  if (!userDomainName || !projectDomainName || !regionName) return undefined;
  return { authUrl, username, password, projectName, userDomainName, projectDomainName, regionName };
}
