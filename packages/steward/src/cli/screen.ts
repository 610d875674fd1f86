// The second screen that terminals have: pictures are drawn there in place, and what was to be seen before comes back at the end.
import { chunks, widthOf } from "../text.ts";

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[2K";

export interface Screen {
  /** Draws the text over what is there, as much of it as there is room for. */
  draw(text: string): void;
  close(): void;
}

/** Whether pictures can be drawn there. */
export function isScreen(out: NodeJS.WriteStream): boolean {
  return out.isTTY && process.env["TERM"] !== "dumb";
}

export function openScreen(out: NodeJS.WriteStream): Screen {
  const leave = () => out.write(LEAVE);
  out.write(ENTER);
  // However the process ends: a terminal left on this screen is of no use.
  process.once("exit", leave);
  return {
    draw(text) {
      const { columns, rows } = out;
      const lines = picture(text, columns, rows);
      // Every line of the screen, and in one piece, so that nothing of before stays and nothing flickers. A line is cleared before it is
      // written: behind a full one the terminal would take its last column away.
      const drawn = Array.from({ length: rows }, (_, at) => CLEAR_LINE + (lines[at] ?? ""));
      out.write(HOME + drawn.join("\n"));
    },
    close() {
      process.off("exit", leave);
      leave();
    },
  };
}

/** The lines as the terminal shows them, no more than it has: one that is too long takes several. */
export function picture(text: string, columns: number, rows: number): string[] {
  const lines = text.split("\n").flatMap((line) => (widthOf(line) <= columns ? [line] : chunks(line, columns)));
  if (lines.length <= rows) return lines;
  const shown = lines.slice(0, rows - 1);
  const [more = ""] = chunks(`... and ${lines.length - shown.length} lines more`, columns);
  return [...shown, more];
}
