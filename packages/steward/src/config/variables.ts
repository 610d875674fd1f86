// The environment variables of the engine. An application adds its own to them.
import { z } from "zod";
import { databaseUrl, flag, hasProtocol, list, oneOf, text, webUrl, wholeNumber } from "./checks.ts";

const corsOrigins = list.refine(
  (origins) => origins.every((origin) => origin === "*" || isOrigin(origin)),
  "must be * or a list of origins like https://app.example.com, separated by commas",
);

function isOrigin(value: string): boolean {
  return hasProtocol(value, ["http:", "https:"]) && new URL(value).origin === value;
}

/** Every variable that the engine reads; all may be missing. */
export const engineVariables = z.object({
  NODE_ENV: oneOf(["development", "production", "test"]).default("development"),
  HOST: text.regex(/^[\w.:-]+$/, "must be a host name or an IP address").default("127.0.0.1"),
  PORT: wholeNumber(0, 65_535).default(5_678),
  METRICS_PORT: wholeNumber(1, 65_535).optional(),
  READY_WORKERLESS_SECONDS: wholeNumber(0, 86_400).default(60),
  READY_LAG_SECONDS: wholeNumber(0, 86_400).default(600),
  LOG_LEVEL: oneOf(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  CORS_ORIGINS: corsOrigins.default([]),
  INTROSPECTION: flag.optional(),
  RATE_LIMIT: wholeNumber(1, 1_000_000).optional(),
  TRUST_PROXY: wholeNumber(0, 10).default(0),
  PERSISTED_OPERATIONS: text.optional(),
  STEWARD_DATA_DIR: text.default(".data"),
  WORKER_CONCURRENCY: wholeNumber(1, 100).default(10),
  GRAPHILE_WORKER_SCHEMA: text
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, "must be a schema's name in lower case, like graphile_worker")
    .default("graphile_worker"),
  ALERT_WEBHOOK_URL: webUrl.optional(),
  ALERT_WEBHOOK_SECRET: text.min(32, "must have at least 32 characters").optional(),
  STEWARD_INSTANCE: text.regex(/^[\w.-]{1,63}$/, "must be a short name, like production").optional(),

  DATABASE_URL: databaseUrl.optional(),
  API_DATABASE_URL: databaseUrl.optional(),

  JWT_SECRET: text.min(32, "must have at least 32 characters").optional(),
  JWKS_URL: webUrl.optional(),
  JWT_ISSUER: text.optional(),
  JWT_AUDIENCE: text.optional(),
  OIDC_CLIENT_ID: text.optional(),
  OIDC_SCOPE: text.default("openid profile email"),
  JWT_ROLE_CLAIM: text
    .regex(/^[^.\s]+(\.[^.\s]+)*$/, "must be a claim's name or path, like role or realm_access.roles")
    .default("role"),
  JWT_SUBJECT_CLAIM: text
    .regex(/^[^.\s]+(\.[^.\s]+)*$/, "must be a claim's name or path, like sub or account.id")
    .default("sub"),
  JWT_ADMIN_ROLES: list.default(["admin"]),
  JWT_USER_ROLES: list.default(["user"]),
});

export type EngineVariables = z.infer<typeof engineVariables>;

const IDENTITY = ["JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE"] as const;

/** Problems that several variables make together: sentences that name them. */
export function engineProblems(values: EngineVariables): string[] {
  return [
    ...together(values, IDENTITY, "tokens signed with JWT_SECRET"),
    ...together(values, ["ALERT_WEBHOOK_URL", "ALERT_WEBHOOK_SECRET"], "no webhook"),
    ...databaseProblems(values),
    ...productionProblems(values),
    ...(values.OIDC_CLIENT_ID && !values.JWKS_URL
      ? ["OIDC_CLIENT_ID needs JWKS_URL, JWT_ISSUER and JWT_AUDIENCE: the identity provider where people sign in"]
      : []),
    ...(values.JWT_SECRET && values.JWKS_URL
      ? ["JWT_SECRET and JWKS_URL exclude each other; keep the one that your tokens are verified with"]
      : []),
  ];
}

/** All of `names` or none. */
export function together<Name extends string>(
  values: Readonly<Partial<Record<Name, unknown>>>,
  names: readonly Name[],
  instead: string,
): string[] {
  const missing = names.filter((name) => values[name] === undefined);
  const present = names.find((name) => values[name] !== undefined);
  if (!present || missing.length === 0) return [];
  return [`${missing.join(", ")} must be set together with ${present}; unset all of them to use ${instead}`];
}

function databaseProblems({ DATABASE_URL, API_DATABASE_URL }: EngineVariables): string[] {
  if (!DATABASE_URL && !API_DATABASE_URL) return [];
  if (!DATABASE_URL)
    return ["DATABASE_URL must be set together with API_DATABASE_URL; unset both to use the embedded Postgres"];
  if (!API_DATABASE_URL) {
    return [
      "API_DATABASE_URL must be set together with DATABASE_URL: the login of the server (npm run migrate makes it), like postgres://steward_api:password@host:5432/database",
    ];
  }
  const login = new URL(API_DATABASE_URL).username;
  if (!login) return ["API_DATABASE_URL must name a login: the restricted one of the server"];
  // With the owner's rights, row security would not hold.
  if (login === new URL(DATABASE_URL).username)
    return ["API_DATABASE_URL must name another login than DATABASE_URL: a restricted one, not the owner"];
  return [];
}

/** What is generated into the data folder elsewhere must be known in production, where several machines share one database. */
function productionProblems(values: EngineVariables): string[] {
  if (values.NODE_ENV !== "production" || !values.DATABASE_URL || values.JWT_SECRET || values.JWKS_URL) return [];
  return ["JWT_SECRET, or JWKS_URL with JWT_ISSUER and JWT_AUDIENCE, must be set in production with DATABASE_URL"];
}
