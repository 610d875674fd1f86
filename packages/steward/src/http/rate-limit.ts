// How often one subject or one address may ask: a bucket for each, filled at a steady rate.
import { EngineError } from "../errors/index.ts";

export interface RateLimiter {
  /** Takes one. Throws ST104, with the time to wait, when `key` has nothing left. */
  take(key: string): void;
  /** Takes what turned out to be needed, also if it is more than is left: then nothing is to be had until that is made up for. */
  spend(key: string, amount: number): void;
}

const MOST_KEYS = 50_000;
/** What may be saved up, or owed, in seconds of the rate. */
const BURST_SECONDS = 5;

export function createRateLimiter(perSecond: number): RateLimiter {
  const full = perSecond * BURST_SECONDS;
  const buckets = new Map<string, { tokens: number; at: number }>();
  const left = (key: string, now: number) => {
    const bucket = buckets.get(key);
    return bucket ? Math.min(full, bucket.tokens + ((now - bucket.at) / 1000) * perSecond) : full;
  };
  const spend = (key: string, amount: number) => {
    const now = performance.now();
    buckets.set(key, { tokens: Math.max(left(key, now) - amount, -full), at: now });
    if (buckets.size > MOST_KEYS) forgetFull(buckets, now);
  };
  return {
    take(key) {
      const tokens = left(key, performance.now());
      if (tokens < 1) throw new EngineError("ST104", { retryAfterMs: Math.ceil(((1 - tokens) / perSecond) * 1000) });
      spend(key, 1);
    },
    spend,
  };
}

/** A bucket that has filled up again is as good as none. */
function forgetFull(buckets: Map<string, { at: number }>, now: number): void {
  for (const [key, { at }] of buckets) if (now - at > 2 * BURST_SECONDS * 1000) buckets.delete(key);
}
