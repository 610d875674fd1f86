// Removes a deleted user's account at the drive provider.
import { defineTask } from "steward/engine/define-task";
import { waitForOthers } from "steward/engine/wait-for-others";
import { externalIdFor } from "../server/providers/drive.ts";

/** A user made again with the same id who already has the account: it is theirs now, and this run was retried too late. */
const FIND_SUCCESSOR = "select from app_public.drive_accounts where user_id = $1 and status = 'active'";

export default defineTask(async (step, { drive }) => {
  await waitForOthers(step);
  if ((await step.query(FIND_SUCCESSOR, [step.subjectId])).length > 0) return undefined;
  await drive.removeAccount(externalIdFor(step.subjectId), step);
  return undefined;
});
