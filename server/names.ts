// Names that two of our users want one after the other.
import type { Step } from "steward/engine/step";
import type { CloudRegion, CloudUser } from "./providers/cloud.ts";

/** What an account is called while it waits for its name: nobody else can have it. */
export function interimName(userId: string): string {
  return `sd-${userId}`;
}

const WILL_BE_FREED = `
select app_private.has_step_to_do($1, 'user_update', 'cloud_update') or app_private.is_leaving($1, $2) as will_be_freed`;

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
  const [found] = await step.query<{ will_be_freed: boolean }>(WILL_BE_FREED, [holder.key, provider]);
  return found?.will_be_freed === true;
}
