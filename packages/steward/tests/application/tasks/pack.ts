import { defineTask, type Services } from "steward";

/** Customers whose orders cannot be packed at the moment, as a test wants it. */
interface Refusing extends Services {
  readonly refused: ReadonlySet<string>;
}

export default defineTask(async (step, services) => {
  const [order] = await step.query<{ customer: string }>("select customer from public.orders where id = $1", [
    step.subjectId,
  ]);
  if ((services as Refusing).refused.has(order?.customer ?? "")) throw new Error("there is no box");
  return (db) => db.query("update public.orders set state = 'packed' where id = $1", [step.subjectId]);
});
