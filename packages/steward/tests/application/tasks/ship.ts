import { defineTask } from "steward";

export default defineTask(
  async (step) => (db) => db.query("update public.orders set state = 'shipped' where id = $1", [step.subjectId]),
);
