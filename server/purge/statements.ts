// The SQL of a purge of one table. The names are the registry's, which has checked them; the user and the cut-off are parameters.
import { escapeIdentifier } from "pg";
import type { Piece } from "./pieces.ts";
import { encodeTids, formatTid } from "./tids.ts";
import type { Db, PurgeTarget } from "./types.ts";

export interface Statements {
  /** As a parameter: the table's name. */
  readonly table: string;
  /** First parameters of all other statements: the user and the cut-off. */
  readonly values: readonly [string, string];
  readonly explain: string;
  /** Opens the cursor purge_rows over the rows' addresses. */
  readonly declare: string;
  readonly countRange: string;
  readonly deleteRange: string;
  readonly deleteList: string;
}

export function createStatements(
  { table, userColumn, cutoffColumn }: PurgeTarget,
  userId: string,
  cutoff: string,
): Statements {
  const ofUser = `from ${table} where ${escapeIdentifier(userColumn)} = $1 and ${escapeIdentifier(cutoffColumn)} <= $2`;
  return {
    table,
    values: [userId, cutoff],
    explain: `explain (format json) select ${ofUser}`,
    declare: `declare purge_rows no scroll cursor for select ctid as tid ${ofUser}`,
    countRange: `select count(*)::float8 as count ${ofUser} and ctid >= $3::tid and ctid <= $4::tid`,
    deleteRange: `delete ${ofUser} and ctid >= $3::tid and ctid <= $4::tid`,
    deleteList: `delete ${ofUser} and ctid = any ($3::tid[])`,
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
  await db.query(BATCH);
  const { rowCount } = await (piece.kind === "list"
    ? db.query(sql.deleteList, [...sql.values, encodeTids(piece.tids)])
    : db.query(sql.deleteRange, [...sql.values, formatTid(piece.from), formatTid(piece.to)]));
  return rowCount ?? 0;
}

/** How many rows of the user lie between two addresses, both included. */
export async function countRange(db: Db, sql: Statements, from: number, to: number): Promise<number> {
  const { rows } = await db.query<{ count: number }>(sql.countRange, [...sql.values, formatTid(from), formatTid(to)]);
  return rows[0]?.count ?? 0;
}
