// Text for people at a terminal: what others wrote is made harmless, and lines are broken by the columns that they take.
import stringWidth from "string-width";

const WIDTH = 80;
/** On a terminal that is narrower still, lines are broken by the terminal. */
const NARROWEST = 20;
const segmenter = new Intl.Segmenter();

/** What commands a terminal, turns the direction of writing, or begins a line that is none: controls but the line feed, and their like. */
// oxlint-disable-next-line no-control-regex -- these are what is meant
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** What others wrote must not command the terminal. Line feeds stay. */
export function printable(text: string): string {
  return text.replace(UNSAFE, "?");
}

/** The same in one line: a name must not look like two entries. */
export function oneLine(text: string): string {
  return printable(text.trim().replace(/\s+/g, " "));
}

/** JSON says the same with its escapes, which no terminal obeys. */
export function printableJson(json: string): string {
  return json.replace(UNSAFE, (unsafe) => `\\u${unsafe.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Columns that the text takes; a Chinese character or an emoji takes two. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** The text, and spaces up to so many columns. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

/** Columns of a line: 80, or those of a narrower terminal. */
export function lineWidth(out: NodeJS.WriteStream = process.stdout): number {
  return Math.max(NARROWEST, Math.min(WIDTH, (out.isTTY && out.columns) || WIDTH));
}

/** A word, and how many spaces part it from the one before it in a line. */
export interface Word {
  readonly text: string;
  readonly gap: number;
}

/** The words in lines. A word that is too long for a line stays whole, so that it can be copied, unless its script has no gaps. */
export function fill(words: readonly Word[], first: string, hanging: string, columns = lineWidth()): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const { text, gap } of words.flatMap((word) => partsOf(word, columns - widthOf(hanging)))) {
    const space = isEmpty ? "" : " ".repeat(gap);
    if (isEmpty || widthOf(line) + space.length + widthOf(text) <= columns) line += space + text;
    else {
      lines.push(line);
      line = hanging + text;
    }
    isEmpty = false;
  }
  return [...lines, line.trimEnd()];
}

/** The words of a text, each one space after the other. */
export function wordsOf(text: string): Word[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => ({ text: printable(word), gap: 1 }));
}

/** The text in lines, broken between words; the lines of a paragraph after its first begin with `hanging`. */
export function wrap(text: string, indent = "", hanging = indent, columns = lineWidth()): string {
  return text
    .split("\n")
    .flatMap((paragraph) => fill(wordsOf(paragraph), indent, hanging, columns))
    .join("\n");
}

/** The text in pieces of at most so many columns. */
export function chunks(text: string, columns: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const { segment } of segmenter.segment(text)) {
    if (piece !== "" && widthOf(piece + segment) > columns) {
      pieces.push(piece);
      piece = segment;
    } else piece += segment;
  }
  return [...pieces, piece];
}

function partsOf(word: Word, columns: number): Word[] {
  const width = widthOf(word.text);
  if (width <= columns || width === [...segmenter.segment(word.text)].length) return [word];
  return chunks(word.text, columns).map((text) => ({ text, gap: word.gap }));
}
