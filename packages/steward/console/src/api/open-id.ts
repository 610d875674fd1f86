// Signing in with the identity provider: an authorization code with PKCE, by a library that checks what must be checked.
import type * as OAuth from "oauth4webapi";
import { type Drafts, keepDrafts } from "./drafts.ts";
import { factsOf } from "./token.ts";

/** As the server describes it. */
export interface OpenId {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly audience: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
}

interface Begun {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Where the person was. */
  readonly address: string;
  /** Who they were, if they were signed in, and what they had written. */
  readonly person?: string;
  readonly drafts?: Drafts;
}

const KEY = "steward.sign-in";
const redirectUri = () => `${location.origin}/`;
const load = () => import("oauth4webapi");

/** Leaves the page; the provider sends the person back. */
export async function leaveToSignIn(openId: OpenId, person: string | undefined): Promise<void> {
  const oauth = await load();
  const begun: Begun = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    address: location.pathname + location.search,
    ...(person !== undefined && { person, drafts: keepDrafts() }),
  };
  sessionStorage.setItem(KEY, JSON.stringify(begun));
  const target = new URL(openId.authorizationEndpoint);
  const parameters = {
    response_type: "code",
    client_id: openId.clientId,
    redirect_uri: redirectUri(),
    scope: openId.scope,
    audience: openId.audience,
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value);
  location.assign(target);
}

/** Whether this page was opened by the provider, with a code or a refusal. */
export function isReturn(): boolean {
  const given = new URLSearchParams(location.search);
  return location.pathname === "/" && given.has("state") && sessionStorage.getItem(KEY) !== null;
}

/**
 * The token for the code in the address, which is replaced by where the person was, and what they had written, if they are the same one
 * again. Throws what the provider or a check refuses.
 */
export async function finishSignIn(openId: OpenId): Promise<{ readonly token: string; readonly drafts: Drafts }> {
  const begun = JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Begun;
  const here = new URL(location.href);
  sessionStorage.removeItem(KEY);
  history.replaceState(null, "", begun.address);
  const oauth = await load();
  const server: OAuth.AuthorizationServer = { issuer: openId.issuer, token_endpoint: openId.tokenEndpoint };
  const client: OAuth.Client = { client_id: openId.clientId };
  const parameters = oauth.validateAuthResponse(server, client, here, begun.state);
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    redirectUri(),
    begun.verifier,
    {
      // A provider on a developer's machine; in production addresses are https.
      [oauth.allowInsecureRequests]: openId.tokenEndpoint.startsWith("http:"),
    },
  );
  const isOpenId = openId.scope.split(" ").includes("openid");
  const { access_token } = await oauth.processAuthorizationCodeResponse(
    server,
    client,
    answer,
    isOpenId ? { expectedNonce: begun.nonce } : {},
  );
  const isSame = factsOf(access_token).person === begun.person;
  return { token: access_token, drafts: isSame ? (begun.drafts ?? []) : [] };
}
