// What the doctor may find.

export interface Finding {
  /** A problem stops something from working; a hint is for the reader to judge. */
  readonly level: "problem" | "hint";
  readonly message: string;
  /** What puts it right. */
  readonly next: string;
}

export function problem(message: string, next: string): Finding {
  return { level: "problem", message, next };
}

export function hint(message: string, next: string): Finding {
  return { level: "hint", message, next };
}
