// The environment variables of this application, beside the engine's.
import { flag, oneOf, text, webUrl, wholeNumber } from "steward/config/checks";
import { engineProblems, engineVariables, together } from "steward/config/variables";
import { z } from "zod";
import { cloudsFile } from "./clouds-file.ts";
import { KEY_BYTES } from "./secrets.ts";
import { fileText } from "./setting-files.ts";

const encryptionKey = text
  .transform((value) => Buffer.from(value, "base64"))
  .refine((key) => key.length === KEY_BYTES, "must be 32 bytes in base64 (make one with: openssl rand -base64 32)");

function lines(text: string): string[] {
  return text.split(/\r?\n/).filter(Boolean);
}

/** Every variable that is read; all may be missing. */
export const variables = z.object({
  ...engineVariables.shape,
  ASSISTANT_MODEL: text.regex(/^[\w.:/@-]{1,200}$/, "must be a model's name").default("gpt-4o-mini"),
  ENCRYPTION_KEY: encryptionKey.optional(),
  TOKENS_MAKE_USERS: flag.default(true),
  REMAKE_WHAT_IS_GONE: flag.default(true),

  NEXTCLOUD_URL: webUrl.optional(),
  NEXTCLOUD_ADMIN_USER: text.optional(),
  NEXTCLOUD_ADMIN_PASSWORD: text.optional(),
  NEXTCLOUD_EDITS: wholeNumber(1, 1_000_000).default(45),
  NEXTCLOUD_EDITS_SECONDS: wholeNumber(1, 86_400).default(600),
  NEXTCLOUD_QUOTA: text.regex(/^(none|\d+(\.\d+)? ?[kmgtp]?b)$/i, "must be none or a size such as 5 GB").optional(),
  NEXTCLOUD_SKELETON_FILE: fileText.transform(lines).optional(),
  NEXTCLOUD_REQUESTS_AT_ONCE: wholeNumber(1, 1_000).optional(),
  NEXTCLOUD_TIMEOUT_SECONDS: wholeNumber(1, 600).optional(),
  NEXTCLOUD_CA_FILE: fileText.optional(),

  SCIM_URL: webUrl.optional(),
  SCIM_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{1,10000}$/, "must be a bearer token")
    .optional(),
  SCIM_REMOVAL: oneOf(["delete", "deactivate"]).default("delete"),
  SCIM_REQUESTS_AT_ONCE: wholeNumber(1, 1_000).optional(),
  SCIM_TIMEOUT_SECONDS: wholeNumber(1, 600).optional(),
  SCIM_CA_FILE: fileText.optional(),

  OS_AUTH_URL: webUrl.optional(),
  OS_USERNAME: text.optional(),
  OS_PASSWORD: text.optional(),
  OS_PROJECT_NAME: text.optional(),
  OS_USER_DOMAIN_NAME: text.optional(),
  OS_PROJECT_DOMAIN_NAME: text.optional(),
  OS_REGION_NAME: text.optional(),
  OS_REQUESTS_AT_ONCE: wholeNumber(1, 1_000).optional(),
  OS_TIMEOUT_SECONDS: wholeNumber(1, 600).optional(),
  OS_CACERT: fileText.optional(),
  CLOUDS_FILE: cloudsFile.default([]),
});

export type Variables = z.infer<typeof variables>;

const DRIVE = ["NEXTCLOUD_URL", "NEXTCLOUD_ADMIN_USER", "NEXTCLOUD_ADMIN_PASSWORD"] as const;
const SCIM = ["SCIM_URL", "SCIM_TOKEN"] as const;
const CLOUD = [
  "OS_AUTH_URL",
  "OS_USERNAME",
  "OS_PASSWORD",
  "OS_PROJECT_NAME",
  "OS_USER_DOMAIN_NAME",
  "OS_PROJECT_DOMAIN_NAME",
  "OS_REGION_NAME",
] as const;
/** Problems that several variables make together: sentences that name them. */
export function problemsBetween(values: Variables): string[] {
  return [
    ...together(values, DRIVE, "the embedded drive"),
    ...together(values, SCIM, "the embedded drive"),
    ...(values.NEXTCLOUD_URL && values.SCIM_URL
      ? ["NEXTCLOUD_URL and SCIM_URL must not be set both: drive accounts are made at one of them"]
      : []),
    ...together(values, CLOUD, "the embedded cloud"),
    ...(values.OS_AUTH_URL && values.CLOUDS_FILE.some(({ provider }) => provider === "openstack")
      ? ["CLOUDS_FILE has a provider openstack, which the OS_ variables are; unset them, or give it another name"]
      : []),
    ...engineProblems(values),
    ...productionProblems(values),
  ];
}

/** What is generated into the data folder elsewhere must be known in production, where several machines share one database. */
function productionProblems(values: Variables): string[] {
  if (values.NODE_ENV !== "production" || !values.DATABASE_URL || values.ENCRYPTION_KEY) return [];
  return ["ENCRYPTION_KEY must be set in production with DATABASE_URL (make one with: openssl rand -base64 32)"];
}
