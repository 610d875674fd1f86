// Find, then make, then look again: how projects and users come to be exactly once.
import { type Difference, GONE, notOurs } from "../difference.ts";
import type { CallContext } from "../http.ts";
import { ProviderTrouble } from "../http.ts";
import { fault } from "./answers.ts";
import type { Reply } from "./keystone.ts";

/** Everything Steward makes at a provider carries our id in this attribute; Keystone keeps and shows attributes that it does not know. */
export const OWNER = "steward_id";

/** And the mark of the database that made or adopted it in this one. */
export const DATABASE = "steward_database";

type Marked = Readonly<Record<string, unknown>> & { readonly id: string };

/** What to set on something of ours that has no mark yet; undefined if it has the right one. ST619 if it has another. */
export function marking(found: Marked, mark: string): { [DATABASE]: string } | undefined {
  if (found[DATABASE] === undefined || found[DATABASE] === null) return { [DATABASE]: mark };
  checkMark(found, mark);
  return undefined;
}

/** ST619 unless it has this mark; null: whatever it has. */
export function checkMark(found: Marked, mark: string | null): void {
  if (mark === null || found[DATABASE] === mark) return;
  throw fault("ST619", new Error(`${found.id} carries ${DATABASE} ${String(found[DATABASE])}, not ${mark}`));
}

/** ST619 if it is what we made, and does not carry our id any more. */
export function checkOwner(found: Marked, { key, externalId }: Pick<Removing, "key" | "externalId">): void {
  if (found.id === externalId && found[OWNER] !== key)
    throw fault("ST619", new Error(`${found.id} carries ${OWNER} ${String(found[OWNER])}, not ${key}`));
}

/** What is there in the place of something of ours, if it is not ours: GONE where it is not what we made either. */
export function replacing(found: Marked | undefined, own: Removing): Difference | undefined {
  if (found === undefined || (found[OWNER] !== own.key && found.id !== own.externalId)) return GONE;
  const [attribute, expected] = found[OWNER] === own.key ? [DATABASE, own.mark] : [OWNER, own.key];
  const value = wordOf(found, attribute);
  // Without the mark of a database it is marked anew.
  if (value === expected || (attribute === DATABASE && value === "")) return undefined;
  return notOurs(`${attribute} ${expected}`, value === "" ? "" : `${attribute} ${value}`);
}

/** In differencesOf: what has no mark of a database gets ours. */
export function markIn(found: Marked, mark: string): readonly ["mark", string, string] {
  return ["mark", mark, wordOf(found, DATABASE)];
}

function wordOf(found: Marked, attribute: string): string {
  const value = found[attribute] ?? "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

interface Removing {
  readonly key: string;
  readonly externalId: string | null;
  /** Null: an operator has allowed to remove it, whatever it carries. */
  readonly mark: string | null;
}

/**
 * What a removal may take of what it found: nothing of somebody else's that has our name. What we made, by its id, and what carries
 * other attributes than ours by now is ST619 until an operator has decided.
 */
export function removable<T extends Marked>(found: T | undefined, own: Removing): T | undefined {
  if (found === undefined) return undefined;
  if (found[OWNER] === own.key) checkMark(found, own.mark);
  else if (found.id !== own.externalId) return undefined;
  else if (own.mark !== null)
    throw fault("ST619", new Error(`${found.id} carries ${OWNER} ${String(found[OWNER])}, not ${own.key}`));
  return found;
}

interface Making<T> {
  /** Looks for it, at the provider, now. Throws if it is there and not ours. */
  readonly find: () => Promise<T | undefined>;
  readonly make: () => Promise<Reply>;
  /** Reads what was made. */
  readonly read: (reply: Reply) => T;
  /** The error for a refusal: 400, or 409 without anything of ours being there. */
  readonly refused: (reply: Reply) => Error;
}

/**
 * What is found, or else made. A request that may have been carried out without our hearing of it (connection cut, no answer in
 * time), and one that lost a race (409), is looked up before anything is said.
 */
export async function findOrMake<T>(making: Making<T>, ctx: CallContext): Promise<T> {
  return (await making.find()) ?? (await makeOrFind(making, ctx));
}

/** The same where it is most likely not there, and where the provider refuses a second one of its name. */
export async function makeOrFind<T>({ find, make, read, refused }: Making<T>, ctx: CallContext): Promise<T> {
  try {
    const reply = await make();
    if (reply.ok) return read(reply);
    const after = reply.status === 409 ? await find() : undefined;
    if (after !== undefined) return after;
    throw refused(reply);
  } catch (error) {
    if (!(error instanceof ProviderTrouble) || !error.mayHaveHappened || ctx.signal.aborted) throw error;
    const after = await find();
    if (after === undefined) throw error;
    return after;
  }
}
