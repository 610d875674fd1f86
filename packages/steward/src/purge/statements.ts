// The SQL of a purge of one table. The names are the registry's, which has checked them.
import { escapeIdentifier, escapeLiteral, type QueryResult } from "pg";
import type { Piece } from "./pieces.ts";
import { encodeTids, formatTid } from "./tids.ts";
import type { Db, PurgeTarget } from "./types.ts";

export interface Statements {
  /** As a parameter: the table's name. */
  readonly table: string;
  readonly explain: string;
  /** Opens the cursor purge_rows over the rows' addresses. */
  readonly declare: string;
  /** How many rows lie between two addresses, both included. */
  countRange(from: number, to: number): string;
  deleteRange(from: number, to: number): string;
  /** Its parameter: the addresses. */
  readonly deleteList: string;
}

export function createStatements(
  { keyColumn, keyQuery, cutoffColumn }: PurgeTarget,
  table: string,
  id: string,
  cutoff: string | null,
): Statements {
  const key = `t.${escapeIdentifier(keyColumn)}`;
  const keys = keyQuery?.replaceAll("$1", () => `array[${escapeLiteral(id)}]`);
  const isOld =
    cutoffColumn === null ? "" : ` and t.${escapeIdentifier(cutoffColumn)} <= ${escapeLiteral(cutoff ?? "")}`;
  const from = `from only ${table} t where`;
  // As an array the keys are looked up in the index, one after the other; as a subquery they are a hash that each row is held against.
  const byIndex = `${from} ${keys === undefined ? `${key} = ${escapeLiteral(id)}` : `${key} = any (array(${keys}))`}${isOld}`;
  const byAddress = `${from} ${keys === undefined ? `${key} = ${escapeLiteral(id)}` : `${key} in (${keys})`}${isOld}`;
  const between = (from: number, to: number) => `t.ctid >= '${formatTid(from)}' and t.ctid <= '${formatTid(to)}'`;
  return {
    table,
    explain: `explain (format json) select ${byIndex}`,
    declare: `declare purge_rows no scroll cursor for select t.ctid as tid ${byIndex}`,
    countRange: (from, to) => `select count(*)::float8 as count ${byAddress} and ${between(from, to)}`,
    deleteRange: (from, to) => `delete ${byAddress} and ${between(from, to)}`,
    deleteList: `delete ${byAddress} and t.ctid = any ($1::tid[])`,
  };
}

/** For the transaction: a policy that hides rows makes the statement fail, rather than the purge end with rows left. */
export const ALL_ROWS = "set local row_security = off";

/**
 * For the transaction: rows are found by their addresses, however many a statement names. Left to itself, the planner would
 * at times read all of the key's index entries instead, in every batch.
 */
export const ONLY_ADDRESSES =
  "set local enable_seqscan = off; set local enable_indexscan = off; set local enable_bitmapscan = off";

/** For the transaction: the index first gives all addresses, then the rows are visited in the order of the heap. */
export const ONLY_BITMAP =
  "set local enable_seqscan = off; set local enable_indexscan = off; set local cursor_tuple_fraction = 1";

/**
 * For the transaction of a batch. A row that somebody holds is left for later rather than waited for. And the commit need not
 * wait for the disk: a batch that a crash of Postgres undoes is undone together with its progress, and is found again.
 */
const BATCH = `${ONLY_ADDRESSES}; ${ALL_ROWS}; set local lock_timeout = '200ms'; set local synchronous_commit = off`;

/** Deletes the rows of a piece that are still there. Returns how many those were. */
export async function deletePiece(db: Db, sql: Statements, piece: Piece): Promise<number> {
  if (piece.kind === "range") return rowsOf((await queryAll(db, BATCH, sql.deleteRange(piece.from, piece.to))).at(-1));
  await db.query(BATCH);
  return rowsOf(await db.query(sql.deleteList, [encodeTids(piece.tids)]));
}

/** Several statements in one message: on a busy machine, each way there and back is a wait for the processor. */
export async function queryAll(db: Db, ...statements: string[]): Promise<QueryResult[]> {
  const results: unknown = await db.query(statements.join("; "));
  return Array.isArray(results) ? results : [];
}

/** Rows that a statement touched. */
export function rowsOf(result: QueryResult | undefined): number {
  return result?.rowCount ?? 0;
}
