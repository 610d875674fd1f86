// Signing in at Keystone: one token for all calls of this process to a region, renewed before it ends or when it is refused.

import { StewardError } from "steward/errors";
import { z } from "zod";
import type { Http, HttpAnswer } from "../http.ts";
import { SHARED, unlessAborted } from "../shared.ts";
import { describe, fault, read } from "./answers.ts";
import { apiUrl, type OpenStackRegion } from "./config.ts";

export interface Token {
  readonly value: string;
  /** Where projects and users are made: the domain of the administrator's project. */
  readonly domainId: string;
  /** On this process's monotonic clock, so that clocks that disagree do no harm. */
  readonly usableUntil: number;
}

export interface Session {
  /** The present token; signs in if there is none or it is about to end. ST606 if the login is refused. */
  token(signal: AbortSignal): Promise<Token>;
  /** A token other than `refused`: the present one if it was renewed meanwhile, else a new one. All who ask at once share one sign-in. */
  renew(refused: Token, signal: AbortSignal): Promise<Token>;
}

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
  let current: Token | undefined;
  let signingIn: Promise<Token> | undefined;
  let refusal: { error: unknown; until: number } | undefined;

  async function signIn(): Promise<Token> {
    if (refusal !== undefined && refusal.until > performance.now()) throw refusal.error;
    try {
      current = await requestToken(region, http);
      refusal = undefined;
      return current;
    } catch (error) {
      current = undefined;
      if (error instanceof StewardError && error.code === "ST606")
        refusal = { error, until: performance.now() + REFUSED_MS };
      throw error;
    }
  }

  function shared(signal: AbortSignal): Promise<Token> {
    signingIn ??= signIn().finally(() => {
      signingIn = undefined;
    });
    return unlessAborted(signingIn, signal);
  }

  return {
    async token(signal) {
      signal.throwIfAborted();
      return current !== undefined && current.usableUntil > performance.now() ? current : shared(signal);
    },
    async renew(refused, signal) {
      if (current === refused) current = undefined;
      return current ?? shared(signal);
    },
  };
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
