// How often one subject or one address may ask: a bucket for each, filled at a steady rate.
import { EngineError } from "../errors/index.ts";

export interface RateLimiter {
  /** Takes one. Throws ST104, with the time to wait, when `key` has nothing left. */
  take(key: string): void;
  /** Whether it has something left. */
  has(key: string): boolean;
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
    const tokens = Math.max(left(key, now) - amount, -full);
    buckets.delete(key); // so that it comes last
    buckets.set(key, { tokens, at: now });
    forget(buckets, now);
  };
  return {
    take(key) {
      const tokens = left(key, performance.now());
      if (tokens < 1) throw new EngineError("ST104", { retryAfterMs: Math.ceil(((1 - tokens) / perSecond) * 1000) });
      spend(key, 1);
    },
    has: (key) => left(key, performance.now()) >= 1,
    spend,
  };
}

/** Those that have filled up again, which are as good as none; and of too many, those that were not used for longest. */
function forget(buckets: Map<string, { readonly at: number }>, now: number): void {
  for (const [key, { at }] of buckets) {
    if (buckets.size <= MOST_KEYS && now - at <= 2 * BURST_SECONDS * 1000) return;
    buckets.delete(key);
  }
}
