// Opens the basket of a new customer, and asks for an offer for each of their favourites.
import { defineTask } from "steward";

const OPEN = `insert into shop."Basket" ("customerId") select "customerId" from shop."Customer" where "customerId" = $1 on conflict do nothing`;
const ASK = `
select steward.request_steps(array_agg($1::uuid), 'make_offer', array_agg(sku))
from shop."Customer" c cross join unnest(c.favourites) sku
where c."customerId" = $2
having count(*) > 0`;

export default defineTask(async (step) => async (db) => {
  await db.query(OPEN, [step.subjectId]);
  await db.query(ASK, [step.runId, step.subjectId]);
});
