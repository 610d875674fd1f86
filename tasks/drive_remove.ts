// Removes a deleted user's account at the drive provider.
import { defineTask } from "steward/engine/define-task";
import { waitForOthers } from "steward/engine/wait-for-others";
import { unlessItComesLate } from "../server/late.ts";
import { externalIdFor } from "../server/providers/drive.ts";
import { readRemoval } from "../server/removals.ts";

/** A user made again with the same id who already has the account: it is theirs now, and this run was retried too late. */
const FIND_SUCCESSOR = "select from app_public.drive_accounts where user_id = $1 and status in ('active', 'disabled')";
/** Our own last attempts may have signed in after the deletion, and the drive's clock may be fast. */
const FIND_DELETION = "select created_at + interval '10 minutes' as unused_since from steward.runs where id = $1";

export default defineTask(async (step, { drive }) => {
  const { isApproved } = readRemoval(step.input);
  await waitForOthers(step);
  if ((await step.query(FIND_SUCCESSOR, [step.subjectId])).length > 0) return undefined;
  const [deletion] = await step.query<{ unused_since: Date }>(FIND_DELETION, [step.runId]);
  const unusedSince = isApproved ? null : (deletion?.unused_since ?? null);
  const externalId = externalIdFor(step.subjectId);
  const isRemoved = await drive.removeAccount({ externalId, unusedSince }, step);
  if (!isRemoved) await unlessItComesLate(step, "user_signup", "drive_account");
  step.log.info(
    { user: step.subjectId, account: externalId },
    isRemoved ? "removed the drive account" : "there was no drive account to remove",
  );
  return undefined;
});
