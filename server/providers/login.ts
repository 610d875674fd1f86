// How a login that may be wrong is used. Some providers lock out everybody who comes from our address after a few wrong ones, with the
// right one too. So one call goes alone until the login was accepted once, and after a refusal this process asks no more for a while.
import type { StewardError } from "steward/errors";
import { createLimit } from "steward/limit";
import { AppError } from "../errors.ts";

/** How long nothing is asked after the login was refused; by it the lane waits as well, for all workers. */
const REFUSED_PAUSE_MS = 5 * 60 * 1000;

/** What `ask` answers. ST506: the login is refused; ST513: it may not do what is asked. `what`: the request in words. */
export type AsAdministrator<Answer> = (
  what: string,
  signal: AbortSignal,
  ask: () => Promise<Answer>,
) => Promise<Answer>;

/** For one login at a drive provider. `describe`: an answer in words, for the log. */
export function createLogin<Answer extends { readonly http: number }>(
  describe: (what: string, answer: Answer) => string,
): AsAdministrator<Answer> {
  const alone = createLimit(1);
  let isAccepted = false;
  let refusedUntil = Number.NEGATIVE_INFINITY;

  async function askNow(what: string, ask: () => Promise<Answer>): Promise<Answer> {
    const pauseMs = refusedUntil - performance.now();
    if (pauseMs > 0) throw refused("refused a short while ago, not asked again", pauseMs);
    const answer = await ask();
    isAccepted = answer.http !== 401;
    const words = describe(`${what} as administrator`, answer);
    if (!isAccepted) {
      refusedUntil = performance.now() + REFUSED_PAUSE_MS;
      throw refused(words, REFUSED_PAUSE_MS);
    }
    if (answer.http === 403) throw new AppError("ST513", { cause: words });
    return answer;
  }

  return async (what, signal, ask) => {
    // Whoever waited while the first was accepted need not go alone any more.
    const first = isAccepted
      ? undefined
      : await alone(signal, async () => (isAccepted ? undefined : askNow(what, ask)));
    return first ?? askNow(what, ask);
  };
}

function refused(cause: string, retryAfterMs: number): StewardError {
  return new AppError("ST506", { cause, retryAfterMs });
}
