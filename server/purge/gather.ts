// Finds where a user's rows lie, in the order of the heap: what makes one large DELETE fast is that it visits each page once.
import { createPace } from "./pace.ts";
import type { Piece } from "./pieces.ts";
import { countRange, ONLY_ADDRESSES, ONLY_BITMAP, type Statements } from "./statements.ts";
import { blockOf, blockStart, parseTid } from "./tids.ts";
import type { Db } from "./types.ts";

/** Piece by piece, all rows of the user that the snapshot of the reading transaction shows. */
export type Pieces = AsyncGenerator<Piece, void, void>;

/** Rows of a slice: one batch at full pace. */
const SLICE = 20_000;
/** So many are listed first, to see how close together they lie. */
const FIRST_LIST = 1_000;
/** From so many rows a page, reading the page whole costs less than sending its addresses to and fro. */
const DENSE = 4;

/** Through the index. The first statement grows with the user's rows: about 80 ms a million, and more where many are dead. */
export async function* gatherByIndex(db: Db, sql: Statements, blocks: number): Pieces {
  await db.query(ONLY_BITMAP);
  await db.query(sql.declare, [...sql.values]);
  let isDense = false;
  for (let count = FIRST_LIST; ; count = SLICE) {
    if (isDense) {
      const { from, to, rows } = await skipRange(db, count);
      if (to === undefined) return yield* walk(db, sql, from, blocks, rows);
      yield { kind: "range", from, to, rows };
      isDense = areDense(from, to, rows);
    } else {
      const tids = await fetchTids(db, count);
      if (tids.length > 0) yield { kind: "list", tids };
      if (tids.length < count) return;
      isDense = areDense(tids[0] ?? 0, tids.at(-1) ?? 0, tids.length);
    }
  }
}

/** From one end of the table to the other, in short statements. */
export function gatherByWalk(db: Db, sql: Statements, blocks: number): Pieces {
  return walk(db, sql, 0, blocks, Number.POSITIVE_INFINITY);
}

/** Counts the user's rows from an address on, until `rows` are found or the table ends. */
async function* walk(db: Db, sql: Statements, from: number, blocks: number, rows: number): Pieces {
  const pace = createPace({ start: 1_000, min: 100, max: 4_000 });
  await db.query(ONLY_ADDRESSES);
  for (let left = rows; left > 0 && blockOf(from) < blocks; ) {
    const end = blockStart(blockOf(from) + pace.size());
    const count = await pace.measure(() => countRange(db, sql, from, end - 1));
    if (count > 0) yield { kind: "range", from, to: end - 1, rows: count };
    left -= count;
    from = end;
  }
}

function areDense(from: number, to: number, rows: number): boolean {
  return rows >= (blockOf(to) - blockOf(from) + 1) * DENSE;
}

/** Goes past the next `count` rows; only the first and the last address are sent. The last is unknown where the rows end. */
async function skipRange(db: Db, count: number): Promise<{ from: number; to: number | undefined; rows: number }> {
  const [from] = await fetchTids(db, 1);
  if (from === undefined) return { from: 0, to: undefined, rows: 0 };
  const { rowCount } = await db.query(`move forward ${count - 2} from purge_rows`);
  const [to] = await fetchTids(db, 1);
  return { from, to, rows: to === undefined ? 1 + (rowCount ?? 0) : count };
}

async function fetchTids(db: Db, count: number): Promise<Float64Array> {
  const { rows } = await db.query<{ tid: string }>(`fetch ${count} from purge_rows`);
  return Float64Array.from(rows, (row) => parseTid(row.tid));
}
