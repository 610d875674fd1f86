// OCS calls as the administrator. Ten wrong logins lock out everybody who comes from our address for half an hour, so after one
// refusal this process asks no more for a while.

import { AppError } from "../../errors.ts";
import type { CallContext } from "../http.ts";
import type { Login, Ocs, OcsAnswer, OcsRequest } from "./ocs.ts";
import { describe } from "./ocs.ts";

/** How long nothing is asked after the login was refused. */
const REFUSED_PAUSE_MS = 10 * 60 * 1000;

/** As Ocs.call with the administrator's login; throws ST506 when it is refused or may not do what is asked. */
export type AdminCall = (request: OcsRequest, ctx: CallContext) => Promise<OcsAnswer>;

/** Calls with the given administrator login. */
export function createAdmin(ocs: Ocs, login: Login): AdminCall {
  let refusedAt = Number.NEGATIVE_INFINITY;

  return async (request, ctx) => {
    if (performance.now() - refusedAt < REFUSED_PAUSE_MS) {
      throw new AppError("ST506", { cause: "refused a short while ago, not asked again" });
    }
    const answer = await ocs.call(login, request, ctx);
    if (answer.http === 401) refusedAt = performance.now();
    if (answer.http === 401 || answer.http === 403) {
      throw new AppError("ST506", { cause: describe(`${request.method} as administrator`, answer) });
    }
    return answer;
  };
}
