// Finds something out at most once in a while, however many ask.

/** `find`, asked at most once in `ms`, failures included; whoever asks meanwhile gets the same answer. */
export function cached<T>(ms: number, find: () => Promise<T>): () => Promise<T> {
  let answer: { readonly value: Promise<T>; readonly until: number } | undefined;
  let pending: Promise<T> | undefined;
  return () => {
    if (pending) return pending;
    if (answer && answer.until > performance.now()) return answer.value;
    pending = find().finally(() => {
      answer = { value, until: performance.now() + ms };
      pending = undefined;
    });
    const value = pending;
    return value;
  };
}
