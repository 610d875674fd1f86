// Makes a customer an offer of one tea: the item of the step is its sku.
import { defineErrors, defineTask } from "steward";

const ShopError = defineErrors({
  SHOP1: {
    sentence: "There is no such tea.",
    next: 'Add it to shop."Tea", then retry the run.',
    retry: "never",
  },
});

export default defineTask(async (step) => {
  const [tea] = await step.query<{ sku: string }>(`select sku from shop."Tea" where sku = $1`, [step.item]);
  if (tea === undefined) throw new ShopError("SHOP1", { sentence: `There is no tea ${step.item}.` });
  return (db) =>
    db.query(`insert into shop."Offer" ("customerId", sku) values ($1, $2) on conflict do nothing`, [
      step.subjectId,
      tea.sku,
    ]);
});
