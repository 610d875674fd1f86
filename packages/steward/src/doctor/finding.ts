// What the doctor may find.
import type { Finding } from "../config/define.ts";

export function problem(message: string, next: string): Finding {
  return { level: "problem", message, next };
}

export function hint(message: string, next: string): Finding {
  return { level: "hint", message, next };
}
