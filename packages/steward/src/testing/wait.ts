// Waiting for a condition instead of for a time.
import { setTimeout as delay } from "node:timers/promises";

/** Asks until `condition` gives something truthy, and returns that. Throws after the time limit, with what the last answer was. */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, what = "the condition" }: { timeoutMs?: number; what?: string } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (performance.now() > deadline)
      throw new Error(`${what} did not come within ${timeoutMs} ms (last: ${String(answer)})`);
    await delay(20);
  }
}
