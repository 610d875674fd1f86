// What a token says of itself. The server alone decides whether it holds.

export interface TokenFacts {
  /** When it was made and when it ends, in milliseconds; undefined where it does not say. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** The same for each token of a person with the same rights. */
  readonly person: string;
}

/** Differ from token to token of the same person. */
const OF_THE_TOKEN = ["exp", "iat", "nbf", "jti", "auth_time"];

export function factsOf(token: string): TokenFacts {
  const claims = claimsOf(token);
  const time = (name: string) => (typeof claims[name] === "number" ? claims[name] * 1_000 : undefined);
  const lasting = Object.entries(claims).filter(([name]) => !OF_THE_TOKEN.includes(name));
  return {
    from: time("iat"),
    to: time("exp"),
    person: lasting.length > 0 ? JSON.stringify(lasting.sort()) : token,
  };
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const [, payload = ""] = token.split(".");
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
      char.charCodeAt(0),
    );
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
