// The environment variables: what each may hold, and what is said when it holds something else.
import { z } from "zod";
import { KEY_BYTES } from "./secrets.ts";

function hasProtocol(value: string, protocols: readonly string[]): boolean {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol);
}

function wholeNumber(lowest: number, highest: number) {
  const sentence = `must be a whole number from ${lowest} to ${highest}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, sentence)
    .transform(Number)
    .refine((value) => value >= lowest && value <= highest, sentence);
}

function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, `must be one of ${values.join(", ")}`);
}

const text = z.string().max(1_000, "must not be longer than 1000 characters");
const webUrl = text.refine(
  (value) => hasProtocol(value, ["http:", "https:"]),
  "must be a URL that begins with http:// or https://",
);
const databaseUrl = text.refine(
  (value) => hasProtocol(value, ["postgres:", "postgresql:"]),
  "must be a URL like postgres://user:password@host:5432/database",
);
const list = text.transform((value) =>
  value
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean),
);
const flag = oneOf(["true", "false"]).transform((value) => value === "true");

const corsOrigins = list.refine(
  (origins) => origins.every((origin) => origin === "*" || isOrigin(origin)),
  "must be * or a list of origins like https://app.example.com, separated by commas",
);

function isOrigin(value: string): boolean {
  return hasProtocol(value, ["http:", "https:"]) && new URL(value).origin === value;
}

const encryptionKey = text
  .transform((value) => Buffer.from(value, "base64"))
  .refine((key) => key.length === KEY_BYTES, "must be 32 bytes in base64 (make one with: openssl rand -base64 32)");

/** Every variable that Steward reads; all may be missing. */
export const variables = z.object({
  NODE_ENV: oneOf(["development", "production", "test"]).default("development"),
  HOST: text.regex(/^[\w.:-]+$/, "must be a host name or an IP address").default("127.0.0.1"),
  PORT: wholeNumber(0, 65_535).default(5_678),
  LOG_LEVEL: oneOf(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  CORS_ORIGINS: corsOrigins.default([]),
  INTROSPECTION: flag.optional(),
  RATE_LIMIT: wholeNumber(1, 1_000_000).optional(),
  TRUST_PROXY: wholeNumber(0, 10).default(0),
  PERSISTED_OPERATIONS: text.optional(),
  STEWARD_DATA_DIR: text.default(".data"),
  WORKER_CONCURRENCY: wholeNumber(1, 100).default(10),
  STEWARD_INSTANCE: text.regex(/^[\w.-]{1,63}$/, "must be a short name, like production").optional(),
  ASSISTANT_MODEL: text.regex(/^[\w.:/@-]{1,200}$/, "must be a model's name").default("gpt-4o-mini"),
  ENCRYPTION_KEY: encryptionKey.optional(),

  DATABASE_URL: databaseUrl.optional(),
  API_DATABASE_URL: databaseUrl.optional(),

  JWT_SECRET: text.min(32, "must have at least 32 characters").optional(),
  JWKS_URL: webUrl.optional(),
  JWT_ISSUER: text.optional(),
  JWT_AUDIENCE: text.optional(),
  JWT_ROLE_CLAIM: text
    .regex(/^[^.\s]+(\.[^.\s]+)*$/, "must be a claim's name or path, like role or realm_access.roles")
    .default("role"),
  JWT_ADMIN_ROLES: list.default(["admin"]),
  JWT_USER_ROLES: list.default(["user"]),
  TOKENS_MAKE_USERS: flag.default(true),

  NEXTCLOUD_URL: webUrl.optional(),
  NEXTCLOUD_ADMIN_USER: text.optional(),
  NEXTCLOUD_ADMIN_PASSWORD: text.optional(),

  OS_AUTH_URL: webUrl.optional(),
  OS_USERNAME: text.optional(),
  OS_PASSWORD: text.optional(),
  OS_PROJECT_NAME: text.optional(),
  OS_USER_DOMAIN_NAME: text.optional(),
  OS_PROJECT_DOMAIN_NAME: text.optional(),
  OS_REGION_NAME: text.optional(),
});

export type Variables = z.infer<typeof variables>;
type VariableName = keyof Variables;

const DRIVE = ["NEXTCLOUD_URL", "NEXTCLOUD_ADMIN_USER", "NEXTCLOUD_ADMIN_PASSWORD"] as const;
const CLOUD = [
  "OS_AUTH_URL",
  "OS_USERNAME",
  "OS_PASSWORD",
  "OS_PROJECT_NAME",
  "OS_USER_DOMAIN_NAME",
  "OS_PROJECT_DOMAIN_NAME",
  "OS_REGION_NAME",
] as const;
const IDENTITY = ["JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE"] as const;

/** Problems that several variables make together: sentences that name them. */
export function problemsBetween(values: Variables): string[] {
  return [
    ...together(values, DRIVE, "the embedded drive"),
    ...together(values, CLOUD, "the embedded cloud"),
    ...together(values, IDENTITY, "tokens signed with JWT_SECRET"),
    ...databaseProblems(values),
    ...productionProblems(values),
    ...(values.JWT_SECRET && values.JWKS_URL
      ? ["JWT_SECRET and JWKS_URL exclude each other; keep the one that your tokens are verified with"]
      : []),
  ];
}

/** All of `names` or none. */
function together(values: Variables, names: readonly VariableName[], instead: string): string[] {
  const missing = names.filter((name) => values[name] === undefined);
  const present = names.find((name) => values[name] !== undefined);
  if (!present || missing.length === 0) return [];
  return [`${missing.join(", ")} must be set together with ${present}; unset all of them to use ${instead}`];
}

function databaseProblems({ DATABASE_URL, API_DATABASE_URL }: Variables): string[] {
  if (!DATABASE_URL && !API_DATABASE_URL) return [];
  if (!DATABASE_URL)
    return ["DATABASE_URL must be set together with API_DATABASE_URL; unset both to use the embedded Postgres"];
  if (!API_DATABASE_URL) {
    return [
      "API_DATABASE_URL must be set together with DATABASE_URL: the login of the server (npm run migrate makes it), like postgres://steward_api:password@host:5432/database",
    ];
  }
  const login = new URL(API_DATABASE_URL).username;
  if (!login) return ["API_DATABASE_URL must name a user: the restricted login of the server"];
  // With the owner's rights, row security would not hold.
  if (login === new URL(DATABASE_URL).username)
    return ["API_DATABASE_URL must name another user than DATABASE_URL: a restricted login, not the owner"];
  return [];
}

/** What is generated into the data folder elsewhere must be known in production, where several machines share one database. */
function productionProblems(values: Variables): string[] {
  if (values.NODE_ENV !== "production" || !values.DATABASE_URL) return [];
  return [
    ...(values.ENCRYPTION_KEY
      ? []
      : ["ENCRYPTION_KEY must be set in production with DATABASE_URL (make one with: openssl rand -base64 32)"]),
    ...(values.JWT_SECRET || values.JWKS_URL
      ? []
      : ["JWT_SECRET, or JWKS_URL with JWT_ISSUER and JWT_AUDIENCE, must be set in production with DATABASE_URL"]),
  ];
}
