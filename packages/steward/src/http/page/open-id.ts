// Where people sign in to the console: the identity provider that issues the API's tokens, as it describes itself.
import { z } from "zod";
import { cached } from "../../cached.ts";
import type { JwtConfig } from "../../config/index.ts";
import { log } from "../../log.ts";

/** What a browser needs for a code flow with PKCE. Nothing of it is secret. */
export interface OpenId {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly audience: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
}

const KEPT_MS = 10_000;
const PATIENCE_MS = 5_000;

const Description = z.object({ issuer: z.string(), authorization_endpoint: z.url(), token_endpoint: z.url() });

/** Resolves to undefined while the provider does not answer; a person can still sign in with a token. */
export function createOpenId(provider: JwtConfig["identityProvider"]): () => Promise<OpenId | undefined> {
  const { issuer, audience, clientId, scope } = provider ?? {};
  if (issuer === undefined || audience === undefined || clientId === undefined || scope === undefined)
    return () => Promise.resolve(undefined);
  return cached(KEPT_MS, async () => {
    try {
      const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
      const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
      const description = Description.parse(await answer.json());
      if (description.issuer !== issuer) throw new Error(`${address} describes ${description.issuer}`);
      return {
        issuer,
        clientId,
        scope,
        audience,
        authorizationEndpoint: description.authorization_endpoint,
        tokenEndpoint: description.token_endpoint,
      };
    } catch (err) {
      log.warn(
        { err, issuer },
        "the identity provider does not describe itself; nobody can sign in to the console with it",
      );
      return undefined;
    }
  });
}
