// Quotas as the drive writes them ("5 GB", "none") and as it answers them (bytes, -3 for none).

const NO_QUOTA = -3;

const UNITS: Record<string, number> = { "": 0, b: 0, k: 1, kb: 1, m: 2, mb: 2, g: 3, gb: 3, t: 4, tb: 4, p: 5, pb: 5 };

/** Bytes of a quota such as "5 GB" or "none" (-3), by the drive's own rule (1 GB = 1024³). Undefined if the drive would not take it. */
export function parseQuota(quota: string): number | undefined {
  const text = quota.trim().toLowerCase();
  if (text === "none") return NO_QUOTA;
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text);
  const power = match === null ? undefined : UNITS[match[2] ?? ""];
  if (match === null || power === undefined) return undefined;
  return Math.round(Number(match[1]) * 1024 ** power);
}
