// Removes a deleted user's account at the drive provider.
import { defineTask } from "../server/engine/define-task.ts";
import { waitForOthers } from "../server/engine/wait-for-others.ts";
import { externalIdFor } from "../server/providers/drive.ts";

export default defineTask(async (step, { drive }) => {
  await waitForOthers(step);
  await drive.removeAccount(externalIdFor(step.subjectId), step);
  return undefined;
});
