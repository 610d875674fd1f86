// Signing in at Keystone: one token for all calls of this process to a region, renewed before it ends or when it is refused.

import type { StewardError } from "steward/errors";
import { z } from "zod";
import { createSession as createCloudSession, type Session, type Token } from "../cloud-session.ts";
import type { Http, HttpAnswer } from "../http.ts";
import { SHARED } from "../shared.ts";
import { describe, fault, read } from "./answers.ts";
import { apiUrl, type OpenStackRegion } from "./config.ts";

const Body = z.object({
  token: z.object({
    issued_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    project: z.object({ domain: z.object({ id: z.string() }) }),
  }),
});

/** The share of its life for which a token is used. */
const USABLE = 0.9;
/** A refused login is not tried again within this time: many steps waiting must not lock the account. */
const REFUSED_MS = 5_000;

/** The session of one region. */
export function createSession(region: OpenStackRegion, http: Http): Session {
  return createCloudSession(() => requestToken(region, http), REFUSED_MS);
}

async function requestToken(region: OpenStackRegion, http: Http): Promise<Token> {
  const user = { name: region.username, domain: { name: region.userDomainName }, password: region.password };
  const project = { name: region.projectName, domain: { name: region.projectDomainName } };
  const auth = { identity: { methods: ["password"], password: { user } }, scope: { project } };
  const answer = await http.send(
    {
      method: "POST",
      url: `${apiUrl(region.authUrl)}/auth/tokens`,
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ auth }),
      changes: false,
    },
    SHARED,
  );
  if (answer.status !== 201) throw refusedLogin(answer);
  const value = answer.headers.get("x-subject-token");
  const { token } = read(Body, answer);
  if (value === null) throw fault("ST605", describe("POST", "/auth/tokens", answer));
  const lifeMs = Date.parse(token.expires_at) - Date.parse(token.issued_at);
  return { value, domainId: token.project.domain.id, usableUntil: performance.now() + lifeMs * USABLE };
}

/** Also 404: what Keystone says to a login whose parts are gone. */
function refusedLogin(answer: HttpAnswer): StewardError {
  const refused = [400, 401, 403, 404].includes(answer.status);
  return fault(refused ? "ST606" : "ST605", describe("POST", "/auth/tokens", answer));
}
