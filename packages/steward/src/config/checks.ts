// Values that a variable may hold, and the sentences for others.
import { z } from "zod";

export function hasProtocol(value: string, protocols: readonly string[]): boolean {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol);
}

export function wholeNumber(lowest: number, highest: number) {
  const sentence = `must be a whole number from ${lowest} to ${highest}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, sentence)
    .transform(Number)
    .refine((value) => value >= lowest && value <= highest, sentence);
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, `must be one of ${values.join(", ")}`);
}

export const text = z.string().max(1_000, "must not be longer than 1000 characters");
export const webUrl = text.refine(
  (value) => hasProtocol(value, ["http:", "https:"]),
  "must be a URL that begins with http:// or https://",
);
export const databaseUrl = text.refine(
  (value) => hasProtocol(value, ["postgres:", "postgresql:"]),
  "must be a URL like postgres://login:password@host:5432/database",
);
export const list = text.transform((value) =>
  value
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean),
);
export const flag = oneOf(["true", "false"]).transform((value) => value === "true");
