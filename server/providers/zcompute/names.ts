// How ours are known at zCompute, where nothing has an attribute for our id: projects by their name and a mark in the description,
// accounts by their name. Letter case does not matter in names there.

export interface Own {
  /** Our id. */
  readonly key: string;
  /** The mark of our database. */
  readonly mark: string;
}

/** True if both are one name there. */
export function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** What a project is called there. */
export function projectNameFor(key: string): string {
  return `sd-${key.toLowerCase()}`;
}

/** What an account is called there: our id, and the beginning of our mark. */
export function userNameFor({ key, mark }: Own): string {
  return `${userPrefixFor(key)}${mark.slice(0, 8)}`.toLowerCase();
}

/** How the names of all accounts for one of our users begin, whichever database made them. */
export function userPrefixFor(key: string): string {
  return `sd-${key}.`.toLowerCase();
}

/** True if some database of Steward made it. */
export function isOurs(name: string): boolean {
  return /^sd-/i.test(name);
}

const MARK = /\[steward ([^\]]+)\]/;

/** What stands in the description of a project of ours. */
export function markFor(mark: string): string {
  return `[steward ${mark}]`;
}

/** The mark in a description, if there is one. */
export function markIn(description: string): string | undefined {
  return MARK.exec(description)?.[1];
}
