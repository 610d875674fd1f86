// Keeps what a provider was asked and what it answered, in full: see redact.ts before showing it to anybody.
import { createHttp, type Http, type HttpAnswer, type HttpOptions } from "../../server/providers/http.ts";

export interface Exchange {
  /** Why it was asked. */
  readonly question: string;
  readonly method: string;
  readonly url: string;
  /** What was sent, except to sign in. */
  readonly sent: string | undefined;
  /** Undefined: there was no answer. */
  readonly answer: HttpAnswer | undefined;
  readonly ms: number;
}

export interface Recorder {
  readonly http: Http;
  readonly exchanges: readonly Exchange[];
  /** What is asked from now on is asked for this. */
  begin(question: string): void;
}

const SIGN_IN = /\/auth$/;

/** For one request at a time. */
export function createRecorder(options: HttpOptions): Recorder {
  const exchanges: Exchange[] = [];
  let question = "";
  let answer: HttpAnswer | undefined;
  const inner = createHttp({
    ...options,
    refine(seen) {
      answer = seen;
      return undefined;
    },
  });
  return {
    exchanges,
    begin(next) {
      question = next;
    },
    http: {
      timeoutMs: inner.timeoutMs,
      async send(request, ctx) {
        const begun = performance.now();
        answer = undefined;
        try {
          return await inner.send(request, ctx);
        } finally {
          const { method, url, body } = request;
          const sent = SIGN_IN.test(url) ? undefined : body;
          exchanges.push({ question, method, url, sent, answer, ms: Math.round(performance.now() - begun) });
        }
      },
    },
  };
}
