// Which words stand for which of our roles. A word is compared as a whole, with a listed role's id and its name: others who compared
// parts of names gave away data.
import { AppError } from "../../errors.ts";
import type { ProjectRole } from "../cloud.ts";
import { DEFAULT_ROLES, type RoleWords } from "./config.ts";
import type { Granted } from "./lists.ts";

/** All words of one role; the first is for the address of a grant. */
export type Words = readonly [string, ...string[]];

export interface Roles {
  /** ST615 if nothing stands for the role. */
  wordsFor(role: ProjectRole): Words;
  /** The words of those listed roles that are ours to give and take; not of others, policies among them. */
  ours(granted: readonly Granted[]): Words[];
}

export function createRoles(configured: Partial<RoleWords>): Roles {
  const words = { ...DEFAULT_ROLES, ...configured };
  /** By the word for the address: roles of ours that share it are one there. */
  const known = new Map<string, Words>();
  for (const [word, ...others] of Object.values(words)) {
    if (word !== undefined) known.set(word, [word, ...(known.get(word)?.slice(1) ?? []), ...others]);
  }
  return {
    wordsFor(role) {
      const found = known.get(words[role][0] ?? "");
      if (found !== undefined) return found;
      const sentence = `No role at the cloud provider is set up to stand for a project's ${role}.`;
      throw new AppError("ST615", { sentence });
    },
    ours: (granted) => [...known.values()].filter((one) => granted.some((role) => isOne(one, role))),
  };
}

/** True if the listed role is this one. */
export function isOne(words: Words, { role }: Granted): boolean {
  return [role.id, role.name].some((word) => word !== undefined && words.includes(word));
}
