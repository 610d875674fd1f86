// The first login of an attempt as an account. More than ten wrong ones within half an hour lock out everybody who comes from our address,
// and each account has a password of its own. So one goes alone until a login was accepted, then few at a time, and after some
// refusals cleanups wait, while everything that the administrator's login does goes on.
import { createLimit } from "steward/limit";
import { AppError } from "../../errors.ts";
import type { CallContext } from "../http.ts";

/** Of the ten, for this process: others, and the administrator's login, have theirs. */
const REFUSALS = 3;
/** How long the drive remembers. */
const WINDOW_MS = 30 * 60 * 1000;

/** Makes a login by `ask`, in its turn. ST507 from it counts as a refusal; ST516: there were too many, with the time until the next may be made. */
export type LogIn = <Result>(ctx: CallContext, ask: () => Promise<Result>) => Promise<Result>;

/** Counts the logins of this process. */
export function createLogIn(): LogIn {
  const alone = createLimit(1);
  const few = createLimit(REFUSALS);
  let isAccepted = false;
  let refusals: number[] = [];

  async function attempt<Result>(ask: () => Promise<Result>): Promise<Result> {
    const now = performance.now();
    refusals = refusals.filter((time) => time > now - WINDOW_MS);
    const [oldest] = refusals;
    if (oldest !== undefined && refusals.length >= REFUSALS)
      throw new AppError("ST516", { retryAfterMs: oldest + WINDOW_MS - now });
    try {
      const result = await ask();
      isAccepted = true;
      return result;
    } catch (error) {
      if (error instanceof AppError && error.code === "ST507") {
        isAccepted = false;
        refusals.push(performance.now());
      }
      throw error;
    }
  }

  return (ctx, ask) =>
    few(ctx.signal, async () => {
      // Whoever waited while another was accepted need not go alone any more.
      const first = isAccepted
        ? undefined
        : await alone(ctx.signal, async () => (isAccepted ? undefined : { result: await attempt(ask) }));
      return first === undefined ? attempt(ask) : first.result;
    });
}
