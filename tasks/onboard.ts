// Gives a new user their personal space, first notebook, sample documents and agent.
import { defineTask } from "steward/engine/define-task";

export default defineTask(async ({ subjectId }, { assistantModel }) => {
  return (db) => db.query("select app_private.onboard_users($1, $2)", [[subjectId], assistantModel]);
});
