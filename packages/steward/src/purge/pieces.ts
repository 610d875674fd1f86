// Pieces of a table that hold rows to delete: a range of addresses where the rows lie close together, a list where they do not.
import { blockOf, blockStart } from "./tids.ts";

/** All rows from `from` to `to`, both included. `rows`: how many, or about how many after a split. */
export interface Range {
  readonly kind: "range";
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

export interface List {
  readonly kind: "list";
  readonly tids: Float64Array;
}

export type Piece = Range | List;

/** Reading a page costs as much as deleting a dozen rows, so a batch is bounded by pages too. */
const MAX_BLOCKS = 4_000;

/** Rows of a piece. */
export function sizeOf(piece: Piece): number {
  return piece.kind === "list" ? piece.tids.length : piece.rows;
}

/** Cuts off the beginning of a piece: about `maxRows` rows of it, and what remains. */
export function split(piece: Piece, maxRows: number): { head: Piece; rest: Piece | undefined } {
  return piece.kind === "list" ? splitList(piece, maxRows) : splitRange(piece, maxRows);
}

function splitList({ tids }: List, maxRows: number): { head: List; rest: List | undefined } {
  const rest: List | undefined = tids.length > maxRows ? { kind: "list", tids: tids.subarray(maxRows) } : undefined;
  return { head: { kind: "list", tids: tids.subarray(0, maxRows) }, rest };
}

function splitRange(range: Range, maxRows: number): { head: Range; rest: Range | undefined } {
  const first = blockOf(range.from);
  const blocks = blockOf(range.to) - first + 1;
  const share = Math.min(1, maxRows / range.rows, MAX_BLOCKS / blocks);
  const taken = Math.max(1, Math.floor(blocks * share));
  if (taken >= blocks) return { head: range, rest: undefined };

  const cut = blockStart(first + taken);
  const rows = Math.max(1, Math.round((range.rows * taken) / blocks));
  const head: Range = { ...range, to: cut - 1, rows };
  return { head, rest: { ...range, from: cut, rows: Math.max(1, range.rows - rows) } };
}
