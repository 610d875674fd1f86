// OCS calls as the administrator. More than ten wrong logins within half an hour lock out everybody who comes from our address, with the
// right password too. So one call goes alone until the login was accepted once, and after a refusal this process asks no more for a while.
import type { StewardError } from "steward/errors";
import { createLimit } from "steward/limit";
import { AppError } from "../../errors.ts";
import type { CallContext } from "../http.ts";
import type { Login, Ocs, OcsAnswer, OcsRequest } from "./ocs.ts";
import { describe } from "./ocs.ts";

/** How long nothing is asked after the login was refused; by it the lane waits as well, for all workers. */
const REFUSED_PAUSE_MS = 5 * 60 * 1000;

/** As Ocs.call with the administrator's login. ST506: it is refused; ST513: it may not do what is asked. */
export type AdminCall = (request: OcsRequest, ctx: CallContext) => Promise<OcsAnswer>;

/** Calls with the given administrator login. */
export function createAdmin(ocs: Ocs, login: Login): AdminCall {
  const alone = createLimit(1);
  let isAccepted = false;
  let refusedUntil = Number.NEGATIVE_INFINITY;

  async function ask(request: OcsRequest, ctx: CallContext): Promise<OcsAnswer> {
    const pauseMs = refusedUntil - performance.now();
    if (pauseMs > 0) throw refused("refused a short while ago, not asked again", pauseMs);
    const answer = await ocs.call(login, request, ctx);
    isAccepted = answer.http !== 401;
    const what = describe(`${request.method} as administrator`, answer);
    if (!isAccepted) {
      refusedUntil = performance.now() + REFUSED_PAUSE_MS;
      throw refused(what, REFUSED_PAUSE_MS);
    }
    if (answer.http === 403) throw new AppError("ST513", { cause: what });
    return answer;
  }

  return async (request, ctx) => {
    // Whoever waited while the first was accepted need not go alone any more.
    const first = isAccepted
      ? undefined
      : await alone(ctx.signal, async () => (isAccepted ? undefined : ask(request, ctx)));
    return first ?? ask(request, ctx);
  };
}

function refused(cause: string, retryAfterMs: number): StewardError {
  return new AppError("ST506", { cause, retryAfterMs });
}
