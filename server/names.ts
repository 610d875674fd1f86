// Names that two of our users want one after the other.
import type { Step } from "steward/engine/step";
import { z } from "zod";
import type { CloudRegion, CloudUser } from "./providers/cloud.ts";

/** What an account is called while it waits for its name: nobody else can have it. */
export function interimName(userId: string): string {
  return `sd-${userId}`;
}

const WILL_BE_FREED = `
select app_private.has_step_to_do($1, 'user_update', 'cloud_update') or app_private.is_leaving($1, $2) as will_be_freed`;

/**
 * Somebody has given the holder's account a name that is not theirs: it is to follow its user again. Not if that has just failed, nor
 * without end.
 */
const CORRECT = `
select app_private.update_accounts(array[u.id])
from app_public.users u
cross join lateral (
  select count(*) as updates, count(*) filter (where r.status = 'failed') as failures
  from steward.runs r
  where r.subject_id = u.id::text and r.kind = 'user_update' and r.finished_at > now() - interval '10 minutes'
) l
where u.id = $1 and btrim(u.username) <> $2 and l.failures = 0 and l.updates < 10`;

/** Of a name that is taken: whether another one of our users has it who is being renamed or removed, or nobody any more. */
export async function isBeingFreed(
  step: Step,
  provider: string,
  region: CloudRegion,
  { key, name }: Pick<CloudUser, "key" | "name">,
): Promise<boolean> {
  const holder = await region.findHolder(name, step);
  if (holder === undefined) return true;
  if (holder.key === null || holder.key === key) return false; // nobody waits for oneself
  if (!z.uuid().safeParse(holder.key).success) return false; // no id of ours
  const [found] = await step.query<{ will_be_freed: boolean }>(WILL_BE_FREED, [holder.key, provider]);
  if (found?.will_be_freed === true) return true;
  // It may have been given up between the two questions.
  if ((await region.findHolder(name, step))?.key !== holder.key) return true;
  const corrected = await step.transaction((db) => db.query(CORRECT, [holder.key, holder.name]));
  return corrected.rows.length > 0;
}
