// Find, then make, then look again: how projects and users come to be exactly once.
import type { CallContext } from "../http.ts";
import { ProviderTrouble } from "../http.ts";
import type { Reply } from "./keystone.ts";

/** Everything Steward makes at a provider carries our id in this attribute; Keystone keeps and shows attributes that it does not know. */
export const OWNER = "steward_id";

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
export async function findOrMake<T>({ find, make, read, refused }: Making<T>, ctx: CallContext): Promise<T> {
  const before = await find();
  if (before !== undefined) return before;
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
