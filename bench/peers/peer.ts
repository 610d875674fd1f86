// A queue that is measured beside ours.
import { createRequire } from "node:module";

export interface Peer {
  /** A query that finds one job that is not done. */
  readonly left: string;
  add(ids: readonly string[]): Promise<unknown>;
  /** Resolves when it looks for jobs; call the result to stop it. */
  work(): Promise<() => Promise<void>>;
  /** What adds needs no connection any more. */
  close(): Promise<void>;
}

/** A package that only bench/peers has. What we use of it is for the caller to say. */
export function load(name: string): unknown {
  try {
    return createRequire(new URL("./package.json", import.meta.url))(name);
  } catch (cause) {
    throw new Error(`${name} is not installed: npm ci --prefix bench/peers`, { cause });
  }
}
