// Replaces a member's credential at a cloud provider, whichever it is.
import { StewardError } from "steward/errors";
import type { CloudCredential, CloudMember, CloudRegion } from "./cloud.ts";
import type { CallContext } from "./http.ts";

export interface Rotation {
  /** The access id that this same rotation has stored already, before a crash; null if it has not come so far. */
  readonly stored: string | null;
  /** Must have committed when it returns. */
  readonly store: (credential: CloudCredential) => Promise<void>;
}

/**
 * Puts a new credential in the place of all old ones: create, store, remove the old, so that a crash leaves two rather than none.
 * Calling it again after any failure removes what the failed call left behind.
 */
export async function rotateCredential(
  cloud: CloudRegion,
  member: CloudMember,
  rotation: Rotation,
  ctx: CallContext,
): Promise<{ access: string; removed: number }> {
  if (rotation.stored !== null) {
    const removed = await keepIfThere(cloud, member, rotation.stored, ctx);
    if (removed !== undefined) return { access: rotation.stored, removed };
  }
  const credential = await cloud.createCredential(member, ctx);
  await rotation.store(credential);
  const { access } = credential;
  return { access, removed: await cloud.keepCredential({ ...member, access }, ctx) };
}

async function keepIfThere(
  cloud: CloudRegion,
  member: CloudMember,
  access: string,
  ctx: CallContext,
): Promise<number | undefined> {
  try {
    return await cloud.keepCredential({ ...member, access }, ctx);
  } catch (error) {
    if (error instanceof StewardError && error.code === "ST616") return undefined;
    throw error;
  }
}
