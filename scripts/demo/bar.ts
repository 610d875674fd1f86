// Progress bars: redrawn in place on a terminal, a line now and then elsewhere.
import { setTimeout as sleep } from "node:timers/promises";

const WIDTH = 12;
const REDRAW_MS = 200;
const LINE_MS = 2_000;

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What else there is to say. */
  readonly note?: string;
  readonly isOver: boolean;
}

/** One line: `label  ████░░░░  50 %  note`. */
export function drawBar(label: string, { done, total, note = "" }: Progress): string {
  const part = total > 0 ? Math.min(done / total, 1) : 0;
  const full = Math.floor(part * WIDTH);
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `   ${label.padEnd(14)} ${"█".repeat(full)}${"░".repeat(WIDTH - full)} ${percent} %  ${note}`.trimEnd();
}

/** Shows what `read` returns until that is over, and returns the last of it. Rejects when the signal aborts. */
export async function follow<P extends Progress>(
  label: string,
  signal: AbortSignal,
  read: () => Promise<P>,
  out: NodeJS.WriteStream = process.stdout,
): Promise<P> {
  for (let shownAt = -Infinity; ; ) {
    const progress = await read();
    const line = drawBar(label, progress);
    if (out.isTTY) out.write(`\r\x1b[2K${line.slice(0, (out.columns || 80) - 1)}${progress.isOver ? "\n" : ""}`);
    else if (progress.isOver || performance.now() - shownAt > LINE_MS) {
      out.write(`${line}\n`);
      shownAt = performance.now();
    }
    if (progress.isOver) return progress;
    await sleep(REDRAW_MS, undefined, { signal });
  }
}
