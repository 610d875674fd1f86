// Runs as commands name them, and the options that say which.
import { type Command, InvalidArgumentError, Option } from "commander";
import type pg from "pg";
import { EngineError } from "../errors/index.ts";
import { oneLine, wrap } from "../text.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface FoundRun {
  readonly id: string;
  readonly kind: string;
  readonly subject_table: string;
  readonly subject_id: string;
  readonly status: string;
}

/** The table as the engine writes it: a shell takes the quotes of public."Account" away, so that public.Account means the same. */
export function tableIn(value: string): string {
  return `case when ${value}::text like '%"%' then ${value} else (
    select string_agg(quote_ident(p.part), '.' order by p.place) from string_to_table(${value}, '.') with ordinality p (part, place)
  ) end`;
}

/** The run of this id, or the latest one of the row TABLE/KEY. ST110 when there is none. */
export async function findRun(client: pg.Client, named: string): Promise<FoundRun> {
  const [table = "", ...key] = named.split("/");
  const from = UUID.test(named) ? "steward.runs where id = $1" : `steward.runs_of(${tableIn("$1")}, $2, 1)`;
  const values = UUID.test(named) ? [named] : [table, key.join("/")];
  const { rows } = await client.query<FoundRun>(
    `select id, kind, subject_table, subject_id, status from ${from}`,
    values,
  );
  if (rows[0]) return rows[0];
  throw new EngineError("ST110", {
    sentence: `There is no run ${named}. Name it by its id or as TABLE/KEY; finished ones are removed after a while.${await withoutRow(client, table, key.join("/"))}${await unfollowed(client, table)}`,
  });
}

/** Whether there is such a row at all: a transaction that was rolled back, or a trigger, may have kept it away. */
async function withoutRow(client: pg.Client, table: string, key: string): Promise<string> {
  if (key === "") return "";
  const question = `select not steward_private.subject_exists(${tableIn("$1")}, $2) as is_missing`;
  // An operator may not ask that, and the key may be none of that table.
  const { rows } = await client.query<{ is_missing: boolean }>(question, [table, key]).catch(() => ({ rows: [] }));
  if (rows[0]?.is_missing !== true) return "";
  return " Nor is there such a row: it was deleted, its transaction was rolled back or has not ended, or a trigger or rule turned it away.";
}

/** Why a row may have no run: a sentence where a trigger of its table is missing or off. */
async function unfollowed(client: pg.Client, table: string): Promise<string> {
  const question = `select steward_private.unfollowed(${tableIn("$1")}) as words`;
  // An operator may not ask that.
  const { rows } = await client.query<{ words: string }>(question, [table]).catch(() => ({ rows: [] }));
  return rows[0]?.words ?? "";
}

/** A run in two lines. */
export function describeRun({ id, kind, subject_table, subject_id, status }: FoundRun): string {
  return `${wrap(oneLine(`${kind} of ${subject_table}/${subject_id}: ${status}`))}\nrun ${id}`;
}

export interface Filter {
  readonly lifecycle?: string;
  readonly status?: string;
  readonly code?: string;
  readonly subject?: string;
  readonly owner?: string;
  readonly scope?: string;
  readonly before?: string;
  readonly after?: string;
}

const STATUSES = ["pending", "running", "suspended", "succeeded", "failed", "cancelled"];

/** Postgres reads it; what is no time at all is a slip of the keyboard. */
function toTime(text: string): string {
  if (/^(now|today|yesterday|tomorrow)$/i.test(text) || !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError("It is a time, such as 2026-01-31T12:00Z.");
}

/** Adds the options that say which runs. */
export function filterOptions(command: Command): Command {
  return command
    .option("--lifecycle <name>", "of this lifecycle")
    .addOption(new Option("--status <status>", "that stand there").choices(STATUSES))
    .option("--code <code>", "with this error, such as ST506")
    .option("--subject <row>", "about this row: TABLE/KEY, or TABLE")
    .option("--owner <id>", "that belong to this owner")
    .option("--scope <id>", "that belong to this group")
    .option("--before <time>", "made before this time", toTime)
    .option("--after <time>", "made after this time, such as 2026-01-31T12:00Z", toTime);
}

/** Values of lifecycle, status, code, subject_table, subject_id, owner, scope, made_before and made_after. */
export function filterValues(filter: Filter): (string | null)[] {
  const [table, ...key] = filter.subject?.split("/") ?? [];
  return [
    filter.lifecycle ?? null,
    filter.status ?? null,
    filter.code ?? null,
    table ?? null,
    key.length > 0 ? key.join("/") : null,
    filter.owner ?? null,
    filter.scope ?? null,
    filter.before ?? null,
    filter.after ?? null,
  ];
}
