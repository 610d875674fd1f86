// What tests say about runs and steps: which there must be, and which there must not.
import { AssertionError } from "node:assert";
import type pg from "pg";

/** Which runs are meant; what is left out may be anything. */
export interface RunFilter {
  readonly kind?: string;
  /** The table of the subject, as schema.table. */
  readonly table?: string;
  /** The key of the subject; its text counts. */
  readonly subject?: unknown;
  readonly owner?: unknown;
  readonly scope?: unknown;
  readonly status?: string;
}

/** Which steps are meant. */
export interface StepFilter extends Omit<RunFilter, "status"> {
  readonly run?: string;
  readonly name?: string;
  readonly item?: string;
  readonly status?: string;
}

export interface FoundRun {
  readonly id: string;
  readonly kind: string;
  readonly subject_table: string;
  readonly subject_id: string;
  readonly owner_id: string | null;
  readonly scope_id: string | null;
  readonly status: string;
  readonly input: unknown;
  readonly error_code: string | null;
  readonly error_message: string | null;
}

export interface FoundStep {
  readonly id: string;
  readonly run_id: string;
  readonly kind: string;
  readonly subject_id: string;
  readonly name: string;
  readonly item: string | null;
  readonly status: string;
  readonly attempts: number;
  readonly ready_at: Date;
  readonly error_code: string | null;
  readonly error_message: string | null;
}

const RUN_COLUMNS = {
  kind: "r.kind",
  table: "r.subject_table",
  subject: "r.subject_id",
  owner: "r.owner_id",
  scope: "r.scope_id",
};
const RUNS = `
select r.id, r.kind, r.subject_table, r.subject_id, r.owner_id, r.scope_id, r.status::text, r.input, r.error_code, r.error_message
from steward.runs r`;
const STEPS = `
select s.id, s.run_id, r.kind, r.subject_id, s.name, s.item, s.status::text, s.attempts, s.ready_at, s.error_code, s.error_message
from steward.steps s join steward.runs r on r.id = s.run_id`;

/** The runs that are meant, oldest first. */
export function findRuns(db: pg.Pool, filter: RunFilter = {}): Promise<FoundRun[]> {
  return find(db, RUNS, { ...RUN_COLUMNS, status: "r.status::text" }, filter, "r.id");
}

/** The steps that are meant, oldest first. */
export function findSteps(db: pg.Pool, filter: StepFilter = {}): Promise<FoundStep[]> {
  const columns = { ...RUN_COLUMNS, run: "s.run_id::text", name: "s.name", item: "s.item", status: "s.status::text" };
  return find(db, STEPS, columns, filter, "s.id");
}

/** The first of what was found; an AssertionError with what there is instead when nothing was. */
export function expectSome<Row>(what: string, filter: object, found: readonly Row[], all: readonly Row[]): Row {
  const [first] = found;
  if (first !== undefined) return first;
  throw new AssertionError({ message: `no ${what} is as expected`, expected: filter, actual: all, operator: "expect" });
}

/** An AssertionError when something was found. */
export function expectNone(what: string, filter: object, found: readonly unknown[]): void {
  if (found.length === 0) return;
  throw new AssertionError({
    message: `there is a ${what} that must not be`,
    expected: filter,
    actual: found,
    operator: "expectNo",
  });
}

async function find<Row extends pg.QueryResultRow>(
  db: pg.Pool,
  select: string,
  columns: Readonly<Record<string, string>>,
  filter: object,
  order: string,
): Promise<Row[]> {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  const conditions = given.map(([name], index) => `${columns[name]} = $${index + 1}`);
  const where = conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
  const values = given.map(([, value]) => String(value));
  return (await db.query<Row>(`${select}${where} order by ${order}`, values)).rows;
}
