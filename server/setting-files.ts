// Settings that are too long or too secret for a variable: it names a file.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { text } from "steward/config/checks";
import { z } from "zod";

/** Paths are relative to this project's folder. */
export function settingFile(path: string): string {
  return resolve(import.meta.dirname, "..", path);
}

/** Path of a file, to its text. */
export const fileText = text.transform((path, context): string => {
  try {
    return readFileSync(settingFile(path), "utf8");
  } catch (error) {
    context.addIssue(`names a file that cannot be read: ${(error as Error).message}`);
    return z.NEVER;
  }
});
