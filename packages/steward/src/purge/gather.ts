// Finds where a subject's rows lie, in the order of the heap: what makes one large DELETE fast is that it visits each page once.
import type { QueryResult } from "pg";
import { createPace } from "./pace.ts";
import type { Piece } from "./pieces.ts";
import { ONLY_ADDRESSES, ONLY_BITMAP, queryAll, rowsOf, type Statements } from "./statements.ts";
import { blockOf, blockStart, parseTid } from "./tids.ts";
import type { Db } from "./types.ts";

/** Piece by piece, all rows that the snapshot of the reading transaction shows. */
export type Pieces = AsyncGenerator<Piece, void, void>;

/** Rows of a range: one batch at full pace. */
const RANGE = 20_000;
/** Rows of a list. A few first, to see how close together they lie. */
const LIST = { start: 1_000, min: 500, max: 20_000 };
/** From so many rows a page, reading the page whole costs less than sending its addresses to and fro. */
const DENSE = 4;

/** Through the index. The first statement grows with the rows: about 80 ms a million, and more where many are dead. */
export async function* gatherByIndex(db: Db, sql: Statements, blocks: number): Pieces {
  await db.query(ONLY_BITMAP);
  await db.query(sql.declare);
  const pace = createPace(LIST);
  let isDense = false;
  for (;;) {
    if (isDense) {
      const { from, to, rows } = await skipRange(db, RANGE);
      if (to === undefined) return yield* walk(db, sql, from, blocks, rows);
      yield { kind: "range", from, to, rows };
      isDense = areDense(from, to, rows);
    } else {
      const count = pace.size();
      const tids = await pace.measure(() => fetchTids(db, count));
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

/** Counts the rows from an address on, until `rows` are found or the table ends. */
async function* walk(db: Db, sql: Statements, from: number, blocks: number, rows: number): Pieces {
  const pace = createPace({ start: 1_000, min: 100, max: 2_000 });
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
  const fetchOne = "fetch 1 from purge_rows";
  const [first, skipped, last] = await queryAll(db, fetchOne, `move forward ${count - 2} from purge_rows`, fetchOne);
  const [from = 0] = tidsOf(first);
  const [to] = tidsOf(last);
  return { from, to, rows: rowsOf(first) + rowsOf(skipped) + rowsOf(last) };
}

async function fetchTids(db: Db, count: number): Promise<Float64Array> {
  return tidsOf(await db.query(`fetch ${count} from purge_rows`));
}

function tidsOf(result: QueryResult<{ tid: string }> | undefined): Float64Array {
  return Float64Array.from(result?.rows ?? [], (row) => parseTid(row.tid));
}

async function countRange(db: Db, sql: Statements, from: number, to: number): Promise<number> {
  const { rows } = await db.query<{ count: number }>(sql.countRange(from, to));
  return rows[0]?.count ?? 0;
}
