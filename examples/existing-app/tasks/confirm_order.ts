// Confirms an order.
import { defineTask } from "steward";

export default defineTask(
  async (step) => (db) =>
    db.query(`update shop."Order" set "confirmedAt" = now() where "orderNo" = $1`, [step.subjectId]),
);
