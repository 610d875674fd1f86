// How often one subject or one address may ask: a bucket for each, filled at a steady rate.
import { StewardError } from "../errors.ts";

export interface RateLimiter {
  /** Throws ST104, with the time to wait, when `key` has asked too often. */
  take(key: string): void;
}

const MOST_KEYS = 50_000;
/** What may be saved up, in seconds of the rate. */
const BURST_SECONDS = 5;

export function createRateLimiter(perSecond: number): RateLimiter {
  const full = perSecond * BURST_SECONDS;
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(key) {
      const now = performance.now();
      const bucket = buckets.get(key);
      const tokens = bucket ? Math.min(full, bucket.tokens + ((now - bucket.at) / 1000) * perSecond) : full;
      if (tokens < 1) throw new StewardError("ST104", { retryAfterMs: Math.ceil(((1 - tokens) / perSecond) * 1000) });
      if (bucket) Object.assign(bucket, { tokens: tokens - 1, at: now });
      else {
        buckets.set(key, { tokens: tokens - 1, at: now });
        if (buckets.size > MOST_KEYS) forgetFull(buckets, now);
      }
    },
  };
}

/** A bucket that has filled up again is as good as none. */
function forgetFull(buckets: Map<string, { at: number }>, now: number): void {
  for (const [key, { at }] of buckets) if (now - at > BURST_SECONDS * 1000) buckets.delete(key);
}
