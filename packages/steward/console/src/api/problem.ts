// An error as people are told of it: the server's sentence, and what to do.
import type { CombinedError } from "urql";

export interface Problem {
  readonly code: string | undefined;
  readonly message: string;
  readonly next: string | undefined;
  readonly requestId: string | undefined;
}

export function problemOf(error: CombinedError): Problem {
  const [first] = error.graphQLErrors;
  if (!first) {
    const message = error.response ? "The server did not answer as expected." : "The server cannot be reached.";
    return { code: undefined, message, next: "The page tries again by itself.", requestId: undefined };
  }
  const text = (name: string) => (typeof first.extensions[name] === "string" ? first.extensions[name] : undefined);
  return { code: text("code"), message: first.message, next: text("next"), requestId: text("requestId") };
}
