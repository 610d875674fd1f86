// What a provider has that is not as it should be.

/** One thing that differs. `existence` is found `gone`; everything else is in the provider's own words. */
export interface Difference {
  readonly what: "existence" | "enabled" | "name" | "description" | "email" | "quota" | "role" | "key";
  readonly expected: string;
  readonly found: string;
}

/** The only difference of what is not there at all. */
export const GONE: Difference = { what: "existence", expected: "there", found: "gone" };

/** What differs among values that are written like this; null counts as empty. */
export function differencesOf(
  values: readonly (readonly [what: Difference["what"], expected: string | null, found: string | null])[],
): Difference[] {
  return values.flatMap(([what, expected, found]) =>
    (expected ?? "") === (found ?? "") ? [] : [{ what, expected: expected ?? "", found: found ?? "" }],
  );
}
