// What commands print: for people, or with --json one JSON document, on stdout. Errors are one line on stderr either way.
import { styleText } from "node:util";

/** Prints the text, or with --json the data. */
export function print(json: boolean, text: string, data: unknown): void {
  process.stdout.write(`${json ? JSON.stringify(data, undefined, 2) : text}\n`);
}

/** Columns aligned under their heads. */
export function table(heads: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const cells = [heads, ...rows.map((row) => row.map((cell) => String(cell ?? "")))];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const WIDTH = 80;

/** The text in lines of 80 columns, broken between words; what has no gap stays whole, so that it can be copied. */
export function wrap(text: string, indent = ""): string {
  return text
    .split("\n")
    .flatMap((paragraph) => {
      const lines: string[] = [];
      let line = "";
      for (const word of paragraph.split(/\s+/)) {
        if (line !== "" && indent.length + line.length + 1 + word.length > WIDTH) {
          lines.push(line);
          line = word;
        } else line = line === "" ? word : `${line} ${word}`;
      }
      return [...lines, line];
    })
    .map((line) => `${indent}${printable(line)}`)
    .join("\n");
}

/** A line for each with its details below, within 80 columns. */
export function cards(
  items: readonly { readonly head: readonly string[]; readonly lines: readonly string[] }[],
): string {
  return items
    .map(({ head, lines }) =>
      [
        coloured(head[0] ?? "", wrap(`${(head[0] ?? "").padEnd(9)} ${head.slice(1).join("  ")}`)),
        ...lines.map((line) => wrap(line, "  ")),
      ].join("\n"),
    )
    .join("\n");
}

const COLOURS: Readonly<Record<string, Parameters<typeof styleText>[0]>> = {
  running: "cyan",
  succeeded: "green",
  failed: "red",
  suspended: "yellow",
  cancelled: "gray",
};

/** The text with the status that it begins with in its colour, on a terminal (NO_COLOR and FORCE_COLOR hold). */
function coloured(status: string, text: string): string {
  const colour = COLOURS[status];
  return colour === undefined
    ? text
    : styleText(colour, status, { stream: process.stdout }) + text.slice(status.length);
}

/** What others wrote must not command the terminal. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is meant
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "?");
}
