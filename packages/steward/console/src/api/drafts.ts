// What a person has written and not sent: kept while they sign in at an identity provider, for which they leave the page.
import { useEffect, useState } from "react";

export type Drafts = readonly (readonly [name: string, text: string])[];

const drafts = new Map<string, string>();

/** The drafts, to be kept with what was begun. */
export function keepDrafts(): Drafts {
  return [...drafts];
}

export function restoreDrafts(kept: Drafts): void {
  for (const [name, text] of kept) drafts.set(name, text);
}

/** The text of a field, whose name no other field has. It begins with what was written before the person left, and is forgotten with the field. */
export function useDraft(name: string): readonly [string, (text: string) => void] {
  const [text, setText] = useState(() => drafts.get(name) ?? "");
  useEffect(() => {
    if (text !== "") drafts.set(name, text);
    return () => void drafts.delete(name);
  }, [name, text]);
  return [text, setText];
}
