// An error in its own words, for those who look into an attempt: as the library or the service said it, without what nobody should read.
import { scrub } from "../log.ts";

const LIMIT = 2_000;
const DEPTH = 5;
const ADDRESS = /[^\s@<>"'(]+@[^\s@<>"')]+\.[\w-]+/g;
const WEB_TOKEN = /\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g;
const NAMED_SECRET = /((?:password|passwd|secret|token|api[_-]?key|authorization)["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi;

/** The messages of an error and of its causes; undefined where there is none beyond `said`, which is told anyway. */
export function wordsOf(error: unknown, said: string): string | undefined {
  const words: string[] = [];
  for (let at = error, depth = 0; at !== undefined && at !== null && depth < DEPTH; depth++) {
    const text = at instanceof Error ? at.message || at.name : typeof at === "string" ? at : undefined;
    if (text !== undefined && text !== said && !words.includes(text)) words.push(text);
    at = at instanceof Error ? at.cause : undefined;
  }
  if (words.length === 0) return undefined;
  return withoutSecrets(words.join(": ")).slice(0, LIMIT);
}

/** Free text of others, fit to be kept: no credentials, tokens or e-mail addresses, and no character that Postgres refuses. */
export function withoutSecrets(text: string): string {
  return scrub(text)
    .replace(NAMED_SECRET, "$1[redacted]")
    .replace(WEB_TOKEN, "[token]")
    .replace(ADDRESS, "[address]")
    .replaceAll("\0", "")
    .toWellFormed();
}
