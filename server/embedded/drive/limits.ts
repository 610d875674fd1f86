// The drive's limit on edits: 50 changes of accounts in ten minutes for each who makes them. Then nothing but an empty 429.

const EDITS = 50;
const WINDOW_MS = 600_000;

/** Counts edits; `allow` is false when the one who edits has used up the window. */
export function createEditLimit() {
  const edits = new Map<string, number[]>();
  return {
    allow(editor: string): boolean {
      const recent = (edits.get(editor) ?? []).filter((time) => time > Date.now() - WINDOW_MS);
      if (recent.length >= EDITS) return false;
      edits.set(editor, [...recent, Date.now()]);
      return true;
    },
    forget: () => edits.clear(),
  };
}

export type EditLimit = ReturnType<typeof createEditLimit>;
