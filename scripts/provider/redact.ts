// Takes out of a record what is nobody's business: secrets, names, addresses, ids. What remains is shapes, statuses, and the provider's own words.
import type { Exchange } from "./recorder.ts";

/** Headers that say something about the interface. */
const TOLD =
  /^(content-type|retry-after|server|www-authenticate|x-[a-z-]*(id|limit|remaining|reset)|openstack-auth-receipt|x-subject-token)$/;
/** Fields whose texts are the interface's, not somebody's. */
const PLAIN = /^(message|title|code|state|status|type|methods|required_auth_methods|policy|roles?)$/;
/** Texts of refusals; in anything else it is somebody's. */
const WORDS = "description";
const LONGEST_TEXT = 300;
const MOST_ROWS = 5;

/** What the record is not to hold: secrets in no form; names where they stand alone. */
export interface Hidden {
  readonly secrets: readonly string[];
  readonly names: readonly string[];
}

/** The record without what is hidden, and without everything else that may be somebody's. */
export function redact(exchanges: readonly Exchange[], { secrets, names }: Hidden): unknown[] {
  const places = new Map<string, string>();
  for (const name of names) placeOf(name);

  /** The same word for the same value, so that it can be seen where a value comes back. */
  function placeOf(value: string): string {
    const known = places.get(value);
    if (known !== undefined) return known;
    const place = `(${kindOf(value)} ${places.size + 1})`;
    places.set(value, place);
    return place;
  }

  function ofValue(value: unknown, field: string, isRefusal: boolean): unknown {
    if (typeof value === "string") {
      const isPlain = PLAIN.test(field) || (isRefusal && field === WORDS);
      return value === "" || isPlain ? value.slice(0, LONGEST_TEXT) : placeOf(value);
    }
    if (Array.isArray(value)) {
      const rows = value.slice(0, MOST_ROWS).map((one) => ofValue(one, field, isRefusal));
      return value.length > MOST_ROWS ? [...rows, `(and ${value.length - MOST_ROWS} more)`] : rows;
    }
    if (typeof value !== "object" || value === null) return value;
    // What a role is called is what one wants to know; what anything else is called is not.
    const nameIsPlain = /^roles?$/.test(field);
    const entries = Object.entries(value).map(([key, one]) => [
      key.length > 20 && isId(key) ? placeOf(key) : key,
      nameIsPlain && (key === "name" || key === "id") ? one : ofValue(one, key, isRefusal),
    ]);
    return Object.fromEntries(entries);
  }

  function ofText(text: string, field: string, isRefusal: boolean): unknown {
    const parsed = parseJson(text);
    return parsed === undefined
      ? isRefusal
        ? text.slice(0, LONGEST_TEXT)
        : `(${text.length} characters)`
      : ofValue(parsed, field, isRefusal);
  }

  const told = exchanges.map(({ question, method, url, sent, answer, ms }) => {
    const { pathname, search } = new URL(url);
    const field = pathname.split("/").at(-1) ?? "";
    const isRefusal = answer !== undefined && answer.status >= 400;
    return {
      question,
      request: `${method} ${pathname}${search}`,
      ...(sent !== undefined && { sent: ofText(sent, "", false) }),
      ...(answer === undefined
        ? { answer: "none" }
        : {
            status: answer.status,
            headers: Object.fromEntries([...answer.headers].filter(([name]) => TOLD.test(name))),
            answer: answer.text === "" ? "(empty)" : ofText(answer.text, field === "roles" ? field : "", isRefusal),
          }),
      ms,
    };
  });
  return blank(told, places, [...secrets, ...tokensIn(exchanges)]);
}

/** Addresses and words may hold what was replaced elsewhere. */
function blank(told: unknown[], places: ReadonlyMap<string, string>, secrets: readonly string[]): unknown[] {
  const replaced = new Set(places.values());
  const longestFirst = [...places]
    .filter(([value]) => value.length > 2)
    .sort(([one], [other]) => other.length - one.length);
  const patterns = longestFirst.map(([value, place]) => [alone(value), place] as const);
  const clean = (text: string) =>
    patterns.reduce(
      (rest, [pattern, place]) => rest.replaceAll(pattern, place),
      secrets.reduce((rest, secret) => rest.replaceAll(secret, "(removed)"), text),
    );
  const deep = (value: unknown): unknown => {
    if (typeof value === "string") return replaced.has(value) ? value : clean(value);
    if (Array.isArray(value)) return value.map(deep);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, deep(one)]));
  };
  return told.map(deep);
}

/** The value as a word of its own, also as it stands in an address. */
function alone(value: string): RegExp {
  const spellings = [value, encodeURIComponent(value)].map((one) => one.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  return new RegExp(`(?<![\\w-])(?:${spellings.join("|")})(?![\\w-])`, "gi");
}

function tokensIn(exchanges: readonly Exchange[]): string[] {
  return exchanges.flatMap(({ answer }) =>
    ["x-subject-token", "openstack-auth-receipt"].flatMap((name) => answer?.headers.get(name) ?? []),
  );
}

function kindOf(value: string): string {
  if (isId(value)) return `id of ${value.length}`;
  if (/^\d{4}-\d\d-\d\d[T ]/.test(value)) return "time";
  return value.includes("@") ? "address" : "text";
}

function isId(value: string): boolean {
  return /^[0-9a-f-]{20,}$/i.test(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
