import { defineTask } from "steward/engine/define-task";
import { work } from "../../work.ts";

export default defineTask(async ({ subjectId, input }) => {
  await work({ subject: Number(subjectId), at: (input as { at: number }).at });
  return undefined;
});
