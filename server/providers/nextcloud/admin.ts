// OCS calls as the administrator. More than ten wrong logins within half an hour lock out everybody who comes from our address.
import type { CallContext } from "../http.ts";
import { createLogin } from "../login.ts";
import { describe, type Login, type Ocs, type OcsAnswer, type OcsRequest } from "./ocs.ts";

/** As Ocs.call with the administrator's login. ST506: it is refused; ST513: it may not do what is asked. */
export type AdminCall = (request: OcsRequest, ctx: CallContext) => Promise<OcsAnswer>;

/** Calls with the given administrator login. */
export function createAdmin(ocs: Ocs, login: Login): AdminCall {
  const asAdministrator = createLogin<OcsAnswer>(describe);
  return (request, ctx) => asAdministrator(request.method, ctx.signal, () => ocs.call(login, request, ctx));
}
