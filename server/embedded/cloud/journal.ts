// State that survives kill -9: every change is one line appended to a file before it is answered.
// Opening replays the file and writes it anew, so that it holds what is alive and no more.
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Table, id, and the value it has now; null: deleted. */
const Entry = z.tuple([z.string(), z.string(), z.unknown()]);
export type Entry = z.infer<typeof Entry>;

export interface Journal {
  /** Writes the changes of one request; returns when the operating system has them. */
  append(entries: readonly Entry[]): void;
  close(): void;
}

/** Opens (or makes) the journal in `dir`. `replay` hears every entry in order; then `alive` says what is to be kept. */
export function openJournal(dir: string, replay: (entry: Entry) => void, alive: () => Iterable<Entry>): Journal {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, "journal.jsonl");
  for (const entry of readEntries(file)) replay(entry);

  const fresh = `${file}.new`;
  const out = openSync(fresh, "w", 0o600);
  for (const entry of alive()) writeAll(out, line(entry));
  fsyncSync(out);
  renameSync(fresh, file);
  let open = true;
  return {
    append(entries) {
      if (!open) throw new Error("the journal is closed"); // its number may be another file's by now
      writeAll(out, entries.map(line).join(""));
    },
    close() {
      open = false;
      closeSync(out);
    },
  };
}

function line(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}

function* readEntries(file: string): Generator<Entry> {
  for (const text of read(file).split("\n")) {
    if (text === "") continue;
    const entry = parse(text);
    // Only the last line can be cut short, by a kill in the middle of a write that nobody had an answer to.
    if (entry === undefined) return;
    yield entry;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

function parse(text: string): Entry | undefined {
  try {
    return Entry.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
