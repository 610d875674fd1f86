// Checks of input that the schema's types cannot express.
import { AppError } from "../errors.ts";

const MOST_IDS = 10_000;

/** `ids`, at most 10,000; ST210 otherwise, or the code given. */
export function limitIds(
  ids: readonly string[] | null | undefined,
  field: string,
  code: "ST210" | "ST307" = "ST210",
): readonly string[] {
  if (ids && ids.length > MOST_IDS) {
    throw new AppError(code, {
      field,
      sentence: `${field} names ${ids.length} users; ${MOST_IDS} at a time is the most.`,
    });
  }
  return ids ?? [];
}

/** Milliseconds to wait; ST209 when negative or above `most`. */
export function waitTime(waitMs: number | null | undefined, most: number, otherwise: number): number {
  const wait = waitMs ?? otherwise;
  if (wait >= 0 && wait <= most) return wait;
  throw new AppError("ST209", { field: "waitMs", sentence: `waitMs must be between 0 and ${most}.` });
}
