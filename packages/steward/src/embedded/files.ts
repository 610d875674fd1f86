// Small files of the data folder that hold secrets or state: mode 0600, never seen half-written, made once by whoever is first.
import { randomBytes } from "node:crypto";
import { chownSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { EngineError, type StewardError } from "../errors/index.ts";

/** The file's text, or undefined when there is none. ST802 when it is somebody else's. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw explain(error, path);
  }
}

/** Replaces the file in one step. ST802 when the folder is somebody else's. */
export function writePrivate(path: string, text: string): void {
  renameSync(writeTemporary(path, text), path);
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
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, text, { mode: 0o600, flush: true });
    ownLikeFolder(temporary);
    return temporary;
  } catch (error) {
    throw explain(error, path);
  }
}

/** Files that root makes in another owner's folder become that owner's: they will start again without being root. */
export function ownLikeFolder(path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  chownSync(path, uid, gid);
}

/** A system error as a sentence, where it is the one that people meet: files that root made, used by somebody else. */
export function explain(error: unknown, path: string): unknown {
  return hasCode(error, "EACCES") || hasCode(error, "EPERM") ? anothersFile(path, error) : error;
}

/** ST802: the file or folder is somebody else's. */
export function anothersFile(path: string, cause?: unknown): StewardError {
  const sentence = `${path} belongs to somebody else (was this started as root before?): start as its owner, give the data folder to yourself (chown -R), or set STEWARD_DATA_DIR.`;
  return new EngineError("ST802", { sentence, cause });
}

/** True when `error` is a system error with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** 190 random bits in characters that need no quoting in URLs, SQL or shells. */
export function randomPassword(): string {
  return randomBytes(24).toString("base64url").replaceAll(/[-_]/g, "x");
}
