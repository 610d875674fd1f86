// The file of CLOUDS_FILE: the clouds beside the one of the OS_ variables, or instead of it. docs/clouds.md shows one.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { text, webUrl } from "steward/config/checks";
import { z } from "zod";
import { settingFile } from "./setting-files.ts";

const names = z.array(text.min(1)).nonempty("must name at least one").readonly();

/** What every entry may say, whatever its kind. */
const cloud = {
  /** As in app_public.projects.provider; part of the name of its lane. */
  provider: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, "must be a name of lower case letters, digits and -, at most 40"),
  /** The first is for projects that name none. They share accounts: a region with accounts of its own is another provider. */
  regions: names,
  /** Where its API is, and the administrator to sign in as. */
  url: webUrl,
  username: text,
  password: text,
  requestsAtOnce: z.int().min(1).max(1_000).optional(),
  timeoutSeconds: z.number().min(1).max(600).optional(),
  /** Path of a file with certificates in PEM, relative to this one: authorities to trust besides the usual ones. */
  caFile: text.optional(),
};

const roles = z.strictObject({ owner: names, admin: names, member: names, viewer: names }).partial().optional();

const keystone = z.strictObject({
  kind: z.literal("keystone"),
  ...cloud,
  projectName: text,
  userDomainName: text,
  projectDomainName: text,
  roles,
});

/** Experimental: docs/providers/zcompute.md says what each of them does. */
const zcompute = z.strictObject({
  kind: z.literal("zcompute"),
  ...cloud,
  /** Nothing there joins regions: each is a provider of its own. */
  regions: z.tuple([text.min(1)], "must name one region: another is another provider"),
  account: text,
  project: text.optional(),
  totpSecret: z
    .string()
    .regex(/^[A-Z2-7 =]{16,200}$/i, "must be in base32")
    .optional(),
  keys: z.record(text, z.strictObject({ access: text, secret: text })).optional(),
  createProjects: z.record(z.string(), z.json()).optional(),
  changeProjects: z.boolean().optional(),
  removeProjects: z.boolean().optional(),
  needsNetwork: z.boolean().optional(),
  roles,
});

/** One line for each kind of adapter; server/runtime.ts opens it. */
const entry = z.discriminatedUnion("kind", [keystone, zcompute]);
const entries = z.array(entry).refine((all) => new Set(all.map(({ provider }) => provider)).size === all.length, {
  message: "names a provider twice; its regions belong into one entry",
});

type Entry = z.infer<typeof entry>;
type Read<Of> = Of extends unknown ? Omit<Of, "caFile"> & { readonly ca?: string | undefined } : never;

/** A cloud as it is configured; `ca`: what caFile has. */
export type CloudConfig = Readonly<Read<Entry>>;

/** Its adapter was tried against no real cloud; said wherever the cloud is shown. */
export function isExperimental({ kind }: Pick<CloudConfig, "kind">): boolean {
  return kind === "zcompute";
}

/** Path of the file, from this project's folder, to what it says. No sentence quotes it, for it holds passwords. */
export const cloudsFile = text.transform((path, context): readonly CloudConfig[] => {
  const file = settingFile(path);
  try {
    const parsed = entries.safeParse(parse(readFileSync(file, "utf8")));
    if (parsed.success) return parsed.data.map((entry) => withCertificates(entry, dirname(file)));
    const [issue] = parsed.error.issues;
    context.addIssue(`names a file that is not right: ${issue?.path.join(".") || "the list"}: ${issue?.message}`);
  } catch (error) {
    context.addIssue(`names a file that cannot be used: ${(error as Error).message}`);
  }
  return z.NEVER;
});

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Error("it is not valid JSON");
  }
}

function withCertificates({ caFile, ...entry }: Entry, folder: string): CloudConfig {
  return caFile === undefined ? entry : { ...entry, ca: readFileSync(resolve(folder, caFile), "utf8") };
}
