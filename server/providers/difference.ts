// What a provider has that is not as it should be.

/** One thing that differs. `existence` is found `gone`; everything else is in the provider's own words. */
export interface Difference {
  readonly what: "existence" | "enabled" | "name" | "description" | "email" | "quota" | "role" | "key" | "mark";
  readonly expected: string;
  readonly found: string;
}

/** The only difference of what is not there at all. */
export const GONE: Difference = { what: "existence", expected: "there", found: "gone" };

/** The only difference of what we made, and what is not marked as ours any more. `found`: how it is marked. Left to people. */
export function notOurs(expected: string, found: string): Difference {
  return { what: "mark", expected, found: found || "none" };
}

/** Whether it is not there, or not ours any more. A mark that only has to be set (found empty) is another matter. */
export function isNotOurs(differences: readonly Difference[]): boolean {
  return differences.some(({ what, found }) => what === "existence" || (what === "mark" && found !== ""));
}

/** What differs among values that are written like this; null counts as empty. */
export function differencesOf(
  values: readonly (readonly [what: Difference["what"], expected: string | null, found: string | null])[],
): Difference[] {
  return values.flatMap(([what, expected, found]) =>
    (expected ?? "") === (found ?? "") ? [] : [{ what, expected: expected ?? "", found: found ?? "" }],
  );
}
