// What commands print: for people, or with --json one JSON document, on stdout. Errors are one line on stderr either way.
import { styleText } from "node:util";
import { fill, lineWidth, oneLine, pad, printableJson, type Word, widthOf, wordsOf, wrap } from "../text.ts";

/** Prints the text, or with --json the data. */
export function print(json: boolean, text: string, data: unknown): void {
  process.stdout.write(`${json ? printableJson(JSON.stringify(data, undefined, 2)) : text}\n`);
}

/** Prints the data as one line of JSON. */
export function printLine(data: unknown): void {
  process.stdout.write(`${printableJson(JSON.stringify(data))}\n`);
}

export interface Card {
  /** A status or a number, then what it is about. */
  readonly head: readonly string[];
  /** Details. */
  readonly lines: readonly string[];
}

const STATUS_WIDTH = 9;
const GAP = 2;

/** A line for each with its details below, within the terminal's columns; heads stand under each other where they fit. */
export function cards(items: readonly Card[]): string {
  const rows = items.map(({ head, lines }) => ({ head: head.map(oneLine), lines }));
  const widths = columnsOf(rows.map(({ head }) => head));
  return rows
    .map(({ head: [status = "", ...rest], lines }) => {
      const first = pad(status, (widths[0] ?? STATUS_WIDTH) + GAP);
      const words = rest.flatMap((cell, at) => cellWords(cell, rest[at - 1], widths[at]));
      const head = fill(words, first, " ".repeat(STATUS_WIDTH + GAP));
      return [coloured(status, head.join("\n")), ...lines.map((line) => wrap(line, "  "))].join("\n");
    })
    .join("\n");
}

/** The widths of the columns, or only that of the first where the whole is too wide. */
function columnsOf(rows: readonly (readonly string[])[]): number[] {
  const count = Math.max(0, ...rows.map((cells) => cells.length));
  const widths = Array.from({ length: count }, (_, at) =>
    Math.max(at === 0 ? STATUS_WIDTH : 0, ...rows.map((cells) => widthOf(cells[at] ?? ""))),
  );
  const total = widths.reduce((sum, width) => sum + width + GAP, -GAP);
  return total <= lineWidth() ? widths : [STATUS_WIDTH];
}

/** The words of a cell; its first stands behind the cell before it, filled up to that one's column. */
function cellWords(cell: string, before = "", column = 0): Word[] {
  return wordsOf(cell).map((word, at) =>
    at === 0 ? { ...word, gap: GAP + Math.max(0, column - widthOf(before)) } : word,
  );
}

const COLOURS: Readonly<Record<string, Parameters<typeof styleText>[0]>> = {
  running: "cyan",
  succeeded: "green",
  failed: "red",
  suspended: "yellow",
  cancelled: "gray",
  problem: "red",
  hint: "yellow",
};

const BAR_WIDTH = 12;

/** How far something is. */
export function bar(percent: number): string {
  const full = Math.floor((Math.min(Math.max(percent, 0), 100) / 100) * BAR_WIDTH);
  return "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
}

/** A time that is still to come, for people. */
export function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 100) return `${whole} s`;
  return whole < 6_000 ? `${Math.round(whole / 60)} min` : `${Math.round(whole / 3_600)} h`;
}

/** The text with the status that it begins with in its colour, on a terminal (NO_COLOR and FORCE_COLOR hold). */
function coloured(status: string, text: string): string {
  const colour = COLOURS[status];
  return colour === undefined
    ? text
    : styleText(colour, status, { stream: process.stdout }) + text.slice(status.length);
}
