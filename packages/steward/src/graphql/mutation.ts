// Mutations call one database function each, in one transaction, as whoever asks. What they return is read afterwards, like every query.

import type { PgClient } from "postgraphile/@dataplan/pg";
import { type PgExecutor, sideEffectWithPgClient } from "postgraphile/@dataplan/pg";
import { context, lambda, type Step } from "postgraphile/grafast";
import type { Changes } from "./live/changes.ts";
import "./context.ts";

/** What a function returns: a row of its OUT parameters, or one column named `result`. */
export type FunctionRow = Readonly<Record<string, string | null>>;

export interface FunctionCall<TInput, TRow extends FunctionRow> {
  /** Of the function, with its schema. */
  readonly name: string;
  /** In the order of its parameters. Throws StewardError for input that is not to reach the database. */
  readonly values: (input: TInput) => readonly unknown[];
  /** Tells subscribers, once it is committed. */
  readonly changed?: (changes: Changes, row: TRow, input: TInput) => void;
}

/** A step that makes the call with `$input`, and gives the row. */
export function callFunction<TInput, TRow extends FunctionRow>(
  executor: PgExecutor,
  $input: unknown,
  call: FunctionCall<TInput, TRow>,
): Step<TRow> {
  const $call = $input as Step<TInput>;
  const $row = sideEffectWithPgClient(executor, $call, (client, input) =>
    queryFunction<TRow>(client, call.name, call.values(input as TInput)),
  );
  const { changed } = call;
  if (!changed) return $row as unknown as Step<TRow>;
  return lambda([$row, $call, context().get("changes")] as const, ([row, input, changes]) => {
    changed(changes as Changes, row as TRow, input as TInput);
    return row as TRow;
  }) as Step<TRow>;
}

/** The row that the function returns; null when it returns none. */
export async function queryFunction<TRow>(
  client: PgClient,
  name: string,
  values: readonly unknown[],
): Promise<TRow | null> {
  const parameters = values.map((_value, index) => `$${index + 1}`).join(", ");
  const text = `select * from ${name}(${parameters}) as result`;
  const { rows } = await client.query<TRow>({ text, values: [...values] });
  return rows[0] ?? null;
}
