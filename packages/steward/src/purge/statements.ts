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
  { table, userColumn, cutoffColumn }: PurgeTarget,
  userId: string,
  cutoff: string,
): Statements {
  const isOwned = `${escapeIdentifier(userColumn)} = ${escapeLiteral(userId)}`;
  const ofUser = `from ${table} where ${isOwned} and ${escapeIdentifier(cutoffColumn)} <= ${escapeLiteral(cutoff)}`;
  const between = (from: number, to: number) => `ctid >= '${formatTid(from)}' and ctid <= '${formatTid(to)}'`;
  return {
    table,
    explain: `explain (format json) select ${ofUser}`,
    declare: `declare purge_rows no scroll cursor for select ctid as tid ${ofUser}`,
    countRange: (from, to) => `select count(*)::float8 as count ${ofUser} and ${between(from, to)}`,
    deleteRange: (from, to) => `delete ${ofUser} and ${between(from, to)}`,
    deleteList: `delete ${ofUser} and ctid = any ($1::tid[])`,
  };
}

/**
 * For the transaction: rows are found by their addresses, however many a statement names. Left to itself, the planner would
 * at times read the user's whole index instead, in every batch.
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
const BATCH = `${ONLY_ADDRESSES}; set local lock_timeout = '200ms'; set local synchronous_commit = off`;

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
