// A progress bar on stderr: redrawn in place on a terminal, a line every few seconds elsewhere. stdout keeps the result alone.
const WIDTH = 24;
const REDRAW_MS = 100;
const LINE_MS = 5_000;

export interface ProgressBar {
  /** So many of the total are done. */
  show(done: number): void;
  /** Leaves the bar as it is and goes to the next line. */
  end(): void;
}

export function createProgressBar(label: string, total: number): ProgressBar {
  const out = process.stderr;
  const started = performance.now();
  let drawn = "";
  let drawnAt = Number.NEGATIVE_INFINITY;
  return {
    show(done) {
      const line = draw(label, done, total, (performance.now() - started) / 1000);
      const isOver = done >= total;
      if (!isOver && performance.now() - drawnAt < (out.isTTY ? REDRAW_MS : LINE_MS)) return;
      drawnAt = performance.now();
      // A pass ends with an empty portion: what is already there need not be said again.
      if (out.isTTY) out.write(`\r\x1b[2K${line.slice(0, out.columns - 1)}`);
      else if (!(isOver && drawn !== "" && drawn.includes("100 %"))) out.write(`${line}\n`);
      drawn = line;
    },
    end() {
      if (out.isTTY && drawn !== "") out.write("\n");
    },
  };
}

function draw(label: string, done: number, total: number, seconds: number): string {
  const part = total > 0 ? Math.min(done / total, 1) : 1;
  const full = Math.floor(part * WIDTH);
  const percent = String(Math.floor(part * 100)).padStart(3);
  const rate = seconds > 0 ? Math.round(done / seconds) : 0;
  return `${label.padEnd(10)} ${"█".repeat(full)}${"░".repeat(WIDTH - full)} ${percent} %  ${done} of ${total} users, ${rate}/s`;
}
