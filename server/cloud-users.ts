// A user's account at a cloud, made or found for one of their projects, and kept for all of them.
import type { Step } from "steward/engine/step";
import { EngineError, StewardError } from "steward/errors";
import { isBeingFreed } from "./names.ts";
import type { CloudRegion, CloudUser } from "./providers/cloud.ts";

const RECORD_USER = `
insert into app_private.cloud_users (user_id, provider, external_id) values ($1, $2, $3)
on conflict (user_id, provider) do update set external_id = excluded.external_id`;

/** Who got another name while the account was made could not be renamed then. */
const FOLLOW_NAME = `
select app_private.update_accounts(array[u.id]) from app_public.users u where u.id = $1 and (u.username, u.email) is distinct from ($2, $3)`;

/** The provider whose accounts a step of a user's run is about: its item. Steps for openstack have none, or `all`. */
export function providerOf({ item }: Step): string {
  return item === null || item === "all" ? "openstack" : item;
}

interface Wanted extends Omit<CloudUser, "externalId"> {
  readonly provider: string;
  readonly user_external_id: string | null;
}

/**
 * For a step about a project; waits for a name that another user of ours is giving up. Stored at once, not with the completion: the
 * user's other projects and their deletion need to know it.
 */
export async function ensureCloudUser(
  step: Step,
  cloud: CloudRegion,
  { provider, key, mark, name, email, user_external_id: externalId }: Wanted,
): Promise<{ externalId: string; enabled: boolean }> {
  const user = await cloud.ensureUser({ key, mark, name, email, externalId }, step).catch(async (error: unknown) => {
    const isTaken = error instanceof StewardError && error.code === "ST610";
    if (isTaken && (await isBeingFreed(step, provider, cloud, name))) throw new EngineError("ST407");
    throw error;
  });
  if (user.externalId !== externalId) {
    await step.transaction(async (db) => {
      await db.query(RECORD_USER, [key, provider, user.externalId]);
      await db.query(FOLLOW_NAME, [key, name, email]);
    });
  }
  return user;
}
