// Quotas as the embedded drive takes them: "none", a number of bytes, or a number with a unit, 1 KB being 1024 bytes.

const LETTERS = "kmgtp";

/** In bytes, -3 for none; undefined for what the drive refuses. */
export function quotaBytes(quota: string): number | undefined {
  const text = quota.trim().toLowerCase();
  if (text === "none") return -3;
  const [, number, letter] = /^(\d+(?:\.\d+)?)\s*([kmgtp])?b?$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  return Math.round(Number(number) * 1024 ** (letter === undefined ? 0 : LETTERS.indexOf(letter) + 1));
}
