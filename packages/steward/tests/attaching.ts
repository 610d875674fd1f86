// What tests of attached tables share: lifecycles to start, and what they look at afterwards.
import type pg from "pg";
import { TABLES } from "./application.ts";

export async function setUp(_url: string, pool: pg.Pool): Promise<void> {
  await pool.query(TABLES);
  await pool.query(
    `select steward.define_lifecycle(k, 'For a test.', '{"work": {}}') from unnest(array['made', 'changed', 'gone']) k`,
  );
}

/** The runs of a table, in the order in which they were made. */
export async function runsOf(db: pg.Pool, table: string): Promise<string[]> {
  const { rows } = await db.query<{ run: string }>(
    "select kind || ' ' || subject_id || coalesce(' of ' || owner_id, '') as run from steward.runs where subject_table = $1 order by kind, subject_id",
    [table.includes(".") ? table : `public.${table}`],
  );
  return rows.map(({ run }) => run);
}

/** Trigger functions of attachments. */
export async function functionsLeft(db: pg.Pool): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    "select proname as name from pg_proc where pronamespace = 'steward_private'::regnamespace and proname ~ '__\\d+_' and proname !~ '^tg_orders__'",
  );
  return rows.map(({ name }) => name);
}

/** The SQLSTATE that the statement ends with. */
export async function codeOf(db: pg.Pool, statement: string | Promise<unknown>): Promise<string> {
  try {
    await (typeof statement === "string" ? db.query(statement) : statement);
  } catch (error) {
    return String((error as { code: unknown }).code);
  }
  return "no error";
}
