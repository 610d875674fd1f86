// The engine's configuration, read from the environment once, at the start of a process.
import { resolve } from "node:path";
import type { z } from "zod";
import { EngineError, StewardError } from "../errors/index.ts";
import type { EngineVariables } from "./variables.ts";

export interface EngineConfig {
  readonly environment: "development" | "production" | "test";
  readonly host: string;
  readonly port: number;
  /** Where a worker process serves /metrics; undefined: nowhere. */
  readonly metricsPort: number | undefined;
  /** When a server that could serve is not ready all the same. */
  readonly readiness: ReadinessLimits;
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
  /** Who is told of alerts, and the key that signs what they are told; undefined: nobody. */
  readonly alertWebhook: { readonly url: string; readonly secret: string } | undefined;
  /** The schema of graphile-worker's queue. */
  readonly queueSchema: string;
  /** Undefined: the embedded Postgres. */
  readonly database: DatabaseConfig | undefined;
  readonly jwt: JwtConfig;
}

export interface ReadinessLimits {
  /** No worker has been seen for so long; 0: workers do not matter. */
  readonly workerlessSeconds: number;
  /** The oldest job that may run has waited for so long; 0: that does not matter. */
  readonly lagSeconds: number;
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
    | {
        readonly jwksUrl: string;
        readonly issuer: string;
        readonly audience: string;
        /** Of the console, where people sign in to it there. */
        readonly clientId: string | undefined;
        /** What the console asks for. */
        readonly scope: string;
      }
    | undefined;
  /** Path of the claim that says who it is: a text, or a whole number. */
  readonly subjectClaim: readonly string[];
  /** Path of the claim that holds the role or roles: `["realm_access", "roles"]`. */
  readonly roleClaim: readonly string[];
  /** Claim values that make an admin. */
  readonly adminRoles: readonly string[];
  /** Claim values of somebody who may ask at all; `*`: every valid token does. */
  readonly readerRoles: readonly string[];
}

/**
 * Reads the variables of `schema` from `env` (empty values count as unset). ST801 names what is wrong and what to do; `problemsBetween`
 * finds what several variables make together.
 */
export function readVariables<Values>(
  schema: z.ZodType<Values>,
  problemsBetween: (values: Values) => readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Values {
  const present = Object.entries(env).flatMap(([name, value]) =>
    value?.trim() ? [[name, value.trim()] as const] : [],
  );
  const parsed = schema.safeParse(Object.fromEntries(present));
  if (!parsed.success) throw wrong(parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`));
  const problems = problemsBetween(parsed.data);
  if (problems.length > 0) throw wrong(problems);
  return parsed.data;
}

/** For commands: a wrong setting ends the process with one line on stderr and exit code 2. */
export function orExit<Config>(load: () => Config): Config {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    process.stderr.write(`steward: ${error.message}\n`);
    process.exit(2);
  }
}

/** `root` is the application's folder: paths are relative to it. */
export function toEngineConfig(values: EngineVariables, root: string): EngineConfig {
  return {
    environment: values.NODE_ENV,
    host: values.HOST,
    port: values.PORT,
    metricsPort: values.METRICS_PORT,
    readiness: { workerlessSeconds: values.READY_WORKERLESS_SECONDS, lagSeconds: values.READY_LAG_SECONDS },
    logLevel: values.LOG_LEVEL,
    corsOrigins: values.CORS_ORIGINS,
    introspection: values.INTROSPECTION ?? values.NODE_ENV !== "production",
    trustedProxies: values.TRUST_PROXY,
    rateLimit: values.RATE_LIMIT ?? (values.NODE_ENV === "production" ? 100 : 100_000),
    persistedOperations: values.PERSISTED_OPERATIONS ? resolve(root, values.PERSISTED_OPERATIONS) : undefined,
    dataDir: resolve(root, values.STEWARD_DATA_DIR),
    workerConcurrency: values.WORKER_CONCURRENCY,
    instance: values.STEWARD_INSTANCE,
    alertWebhook: webhookOf(values),
    queueSchema: values.GRAPHILE_WORKER_SCHEMA,
    database: databaseOf(values),
    jwt: jwtOf(values),
  };
}

function wrong(problems: readonly string[]): StewardError {
  const others = problems.length > 1 ? ` (and ${problems.length - 1} more to correct)` : "";
  return new EngineError("ST801", { sentence: `${problems[0]}${others}` });
}

function databaseOf({ DATABASE_URL: url, API_DATABASE_URL: apiUrl }: EngineVariables): DatabaseConfig | undefined {
  return url && apiUrl ? { url, apiUrl } : undefined;
}

function webhookOf({ ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret }: EngineVariables) {
  return url && secret ? { url, secret } : undefined;
}

function jwtOf(values: EngineVariables): JwtConfig {
  const { JWKS_URL: jwksUrl, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = values;
  const { OIDC_CLIENT_ID: clientId, OIDC_SCOPE: scope } = values;
  return {
    secret: values.JWT_SECRET,
    identityProvider: jwksUrl && issuer && audience ? { jwksUrl, issuer, audience, clientId, scope } : undefined,
    subjectClaim: values.JWT_SUBJECT_CLAIM.split("."),
    roleClaim: values.JWT_ROLE_CLAIM.split("."),
    adminRoles: values.JWT_ADMIN_ROLES,
    readerRoles: values.JWT_USER_ROLES,
  };
}
