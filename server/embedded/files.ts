// Small files of the data folder that hold secrets or state: mode 0600, never seen half-written, made once by whoever is first.
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The file's text, or undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Replaces the file in one step. */
export function writePrivate(path: string, text: string): void {
  const temporary = writeTemporary(path, text);
  renameSync(temporary, path);
}

/** The secret kept in the file; made from `make()` when there is none. Of many processes that start at once, all get the same. */
export function readOrCreate(path: string, make: () => string): string {
  const present = readIfThere(path)?.trim();
  if (present) return present;
  const temporary = writeTemporary(path, `${make()}\n`);
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  return readFileSync(path, "utf8").trim();
}

function writeTemporary(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(temporary, text, { mode: 0o600, flush: true });
  return temporary;
}

/** True when `error` is a system error with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** 192 random bits in characters that need no quoting in URLs, SQL or shells. */
export function randomPassword(): string {
  return randomBytes(24).toString("base64url").replaceAll(/[-_]/g, "x");
}
