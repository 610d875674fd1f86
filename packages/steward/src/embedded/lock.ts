// One embedded process per data folder. The lock is the kernel's (taken through SQLite, which Node brings along): a killed
// holder loses it at once, and it needs no path shorter than a socket's 107 bytes.
import { DatabaseSync } from "node:sqlite";

export interface Lock {
  release(): void;
}

/** Takes the lock, or returns undefined when another process has it. Never waits. */
export function tryLock(path: string): Lock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // In memory: no journal file beside it, since nothing is ever written.
    database.exec("pragma journal_mode = memory; begin exclusive");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (error instanceof Error && error.message.includes("locked")) return undefined;
    throw error;
  }
}
