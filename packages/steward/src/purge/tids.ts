// Row addresses (ctid) as numbers that sort as the rows lie on disk: block * 65,536 + line.

const LINES = 65_536;

/** The address that comes before every row of a block. */
export function blockStart(block: number): number {
  return block * LINES;
}

export function blockOf(tid: number): number {
  return Math.floor(tid / LINES);
}

/** From Postgres' own form, `(block,line)`. */
export function parseTid(text: string): number {
  const comma = text.indexOf(",");
  return Number(text.slice(1, comma)) * LINES + Number(text.slice(comma + 1, -1));
}

export function formatTid(tid: number): string {
  return `(${blockOf(tid)},${tid % LINES})`;
}

/** A tid[] parameter in Postgres' binary form: 20,000 addresses as text would take longer to read than their rows to delete. */
export function encodeTids(tids: Float64Array): Buffer {
  const header = [1, 0, 27, tids.length, 1]; // dimensions, has nulls, type oid of tid, length, lower bound
  const size = header.length * 4;
  const buffer = Buffer.allocUnsafe(size + tids.length * 10);
  header.forEach((value, index) => buffer.writeInt32BE(value, index * 4));
  tids.forEach((tid, index) => {
    const at = size + index * 10;
    buffer.writeInt32BE(6, at);
    buffer.writeUInt32BE(blockOf(tid), at + 4);
    buffer.writeUInt16BE(tid % LINES, at + 8);
  });
  return buffer;
}
