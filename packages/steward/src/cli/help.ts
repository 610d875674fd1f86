// The help of commands, within the terminal's columns: paragraphs are filled anew, examples are broken where a shell allows it.
import { fill, lineWidth, widthOf, wrap } from "../text.ts";

const COMMENTED = /^(\s+\$ .*?\S) {2,}(\S.*)$/;
const EXAMPLE = /^\s+\$ /;
const DEEPER = "      ";

/** The text with no line that is longer than it may be. Lines that begin with a space stay lines. */
export function fitHelp(text: string, columns = lineWidth()): string {
  return text
    .replace(/(?<=^\S.*)\n(?=\S)/gm, " ")
    .split("\n")
    .flatMap((line) => (widthOf(line) <= columns ? [line] : shorten(line, columns)))
    .join("\n");
}

function shorten(line: string, columns: number): string[] {
  const [, command, comment] = COMMENTED.exec(line) ?? [];
  if (command !== undefined && comment !== undefined)
    return [...shortenCommand(command, columns), wrap(comment, DEEPER, DEEPER, columns)];
  if (EXAMPLE.test(line)) return shortenCommand(line, columns);
  const indent = /^\s*/.exec(line)?.[0] ?? "";
  return [wrap(line.trim(), indent, indent, columns)];
}

/** Broken before an option, with the backslash that a shell takes for a longer line. */
function shortenCommand(command: string, columns: number): string[] {
  const words = command.split(/ (?=--)/).map((text) => ({ text, gap: 1 }));
  const lines = fill(words, "", DEEPER, columns - 2);
  return lines.map((line, at) => (at < lines.length - 1 ? `${line} \\` : line));
}
