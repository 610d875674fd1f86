// One token for all calls of this process to a region of a cloud, renewed before it ends or when it is refused.
import { StewardError } from "steward/errors";
import { unlessAborted } from "./shared.ts";

export interface Token {
  readonly value: string;
  /** Where projects and users are made. */
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

/** The session of one region. After a refused login (ST606) nobody asks again for `refusedMs`: many steps that wait must not lock the account. */
export function createSession(requestToken: () => Promise<Token>, refusedMs: number): Session {
  let current: Token | undefined;
  let signingIn: Promise<Token> | undefined;
  let refusal: { error: StewardError; until: number } | undefined;

  async function signIn(): Promise<Token> {
    if (refusal !== undefined && refusal.until > performance.now()) throw refusal.error;
    try {
      current = await requestToken();
      return current;
    } catch (error) {
      current = undefined;
      if (error instanceof StewardError && error.code === "ST606")
        refusal = { error, until: performance.now() + refusedMs };
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
