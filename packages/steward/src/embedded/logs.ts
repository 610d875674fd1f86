// The log files of the embedded services, under <data folder>/logs.
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { ownLikeFolder } from "./files.ts";

const LARGEST_BYTES = 10 * 1024 * 1024;
const TAIL_BYTES = 4_096;

/** Path of a log file, moved aside to `<name>.1` first when it has grown large. */
export function logFile(dataDir: string, name: string): string {
  const folder = join(dataDir, "logs");
  if (mkdirSync(folder, { recursive: true, mode: 0o700 })) ownLikeFolder(folder);
  const path = join(folder, name);
  if (logLength(path) > LARGEST_BYTES) renameSync(path, `${path}.1`);
  return path;
}

/** Of what was written after `offset` bytes: the last line that contains `word`, else the last one. */
export function lastLine(path: string, word: string, offset: number): string {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const tail = Buffer.alloc(Math.min(Math.max(size - offset, 0), TAIL_BYTES));
    readSync(file, tail, 0, tail.length, size - tail.length);
    const lines = tail.toString("utf8").trimEnd().split("\n");
    return lines.findLast((line) => line.includes(word)) ?? lines.at(-1) ?? "";
  } finally {
    closeSync(file);
  }
}

/** How long the file is now, in bytes. */
export function logLength(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
