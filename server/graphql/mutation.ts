// Mutations call one database function each, in one transaction, as whoever asks. What they return is read afterwards, as any query is.
import type { PgExecutor } from "postgraphile/@dataplan/pg";
import { sideEffectWithPgClient } from "postgraphile/@dataplan/pg";
import type { Step } from "postgraphile/grafast";

/**
 * A step that calls `app_public.<name>` with `input` (its values in the order of the function's parameters) and gives the columns of
 * the one row that it returns.
 */
export function callFunction<TInput extends object, TRow extends object>(
  executor: PgExecutor,
  $input: Step<TInput>,
  name: string,
  valuesOf: (input: TInput) => readonly unknown[],
): Step<TRow> {
  return sideEffectWithPgClient(executor, $input, async (client, input) => {
    const values = valuesOf(input);
    const parameters = values.map((_value, index) => `$${index + 1}`).join(", ");
    const { rows } = await client.query<TRow>({
      text: `select * from app_public.${name}(${parameters}) as result`,
      values: [...values],
    });
    return rows[0] ?? null;
  }) as unknown as Step<TRow>;
}
