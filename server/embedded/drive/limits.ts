// The drive's limit on edits: 50 changes of accounts in ten minutes for each who makes them. Then nothing but an empty 429.

const LIMIT = { edits: 50, windowMs: 600_000 };

/** Counts edits; `allow` is false when the one who edits has used up the window. */
export function createEditLimit({ edits: most, windowMs } = LIMIT) {
  const edits = new Map<string, number[]>();
  return {
    allow(editor: string): boolean {
      const recent = (edits.get(editor) ?? []).filter((time) => time > Date.now() - windowMs);
      if (recent.length >= most) return false;
      edits.set(editor, [...recent, Date.now()]);
      return true;
    },
    forget: () => edits.clear(),
  };
}

export type EditLimit = ReturnType<typeof createEditLimit>;
