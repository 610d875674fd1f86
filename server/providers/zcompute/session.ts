// Signing in at zCompute: one token for all calls of this process to a region, renewed before it ends or when it is refused.

import type { StewardError } from "steward/errors";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import { createSession as createCloudSession, type Session, type Token } from "../cloud-session.ts";
import type { Http, HttpAnswer } from "../http.ts";
import { SHARED } from "../shared.ts";
import { describe, fault, messageOf, read } from "./answers.ts";
import type { ZComputeRegion } from "./config.ts";
import { totp } from "./totp.ts";

const Domain = z.object({ id: z.string() });
const Body = z.object({
  token: z.object({
    expires_at: z.iso.datetime({ offset: true }),
    project: z.object({ domain: Domain }).optional(),
    domain: Domain.optional(),
  }),
});

/** The share of its life for which a token is used, and the longest life that is believed. */
const USABLE = 0.9;
const LONGEST_LIFE_MS = 4 * 3600_000;
/** Accounts are locked after some refused logins: nobody asks again within this time. */
const REFUSED_MS = 5 * 60_000;

/** The session of one region. */
export function createSession(region: ZComputeRegion, http: Http): Session {
  return createCloudSession(() => requestToken(region, http), REFUSED_MS);
}

const PATH = "/api/v2/identity/auth";

async function requestToken(region: ZComputeRegion, http: Http): Promise<Token> {
  const domain = { name: region.account };
  const account = { domain };
  const wanted = region.project === undefined ? account : { project: { name: region.project, domain } };
  const login = { name: region.username, domain };

  // Never with auto_enable_mfa: the cloud would make a second factor for a login that has none.
  const first = await ask({
    identity: { methods: ["password"], password: { user: { ...login, password: region.password } } },
    scope: wanted,
  });
  const receipt = first.headers.get("openstack-auth-receipt");
  if (first.status !== 401 || receipt === null) return readToken(first);

  if (region.totpSecret === undefined)
    throw refused(first, "The cloud provider asks for a second factor, and none is configured.");
  const passcode = totp(region.totpSecret, Date.now());
  const second = readToken(
    await ask({ identity: { methods: ["totp"], totp: { user: { ...login, passcode } } }, scope: account }, receipt),
  );
  if (region.project === undefined) return second;
  return readToken(await ask({ identity: { methods: ["token"], token: { id: second.value } }, scope: wanted }));

  async function ask(auth: unknown, receipt?: string): Promise<HttpAnswer> {
    const headers: Record<string, string> = { "content-type": "application/json", accept: "application/json" };
    if (receipt !== undefined) headers["openstack-auth-receipt"] = receipt;
    const body = JSON.stringify({ auth });
    return http.send({ method: "POST", url: region.url + PATH, headers, body, changes: false }, SHARED);
  }
}

function readToken(answer: HttpAnswer): Token {
  if (answer.status !== 201) throw refusedLogin(answer);
  const value = answer.headers.get("x-subject-token");
  const { token } = read(Body, answer);
  const domainId = token.project?.domain.id ?? token.domain?.id;
  if (value === null || domainId === undefined) throw fault("ST605", describe("POST", PATH, answer));
  // It does not say when it was issued. Its end is the provider's time, and so is what its life is counted from.
  const now = Date.parse(answer.headers.get("date") ?? "") || Date.now();
  const lifeMs = Math.min(Math.max(Date.parse(token.expires_at) - now, 0), LONGEST_LIFE_MS);
  return { value, domainId, usableUntil: performance.now() + lifeMs * USABLE };
}

/** 404: there is no such account. */
function refusedLogin(answer: HttpAnswer): StewardError {
  if (![400, 401, 403, 404].includes(answer.status)) return fault("ST605", describe("POST", PATH, answer));
  const message = messageOf(answer);
  if (/^The password is expired/i.test(message))
    return refused(answer, "The cloud provider says that our administrator's password has expired.");
  if (/^The account is locked/i.test(message))
    return refused(answer, "The cloud provider says that our administrator's login is locked.");
  return refused(answer);
}

function refused(answer: HttpAnswer, sentence?: string): StewardError {
  const details = { cause: describe("POST", PATH, answer), retryAfterMs: REFUSED_MS };
  return new AppError("ST606", sentence === undefined ? details : { ...details, sentence });
}
