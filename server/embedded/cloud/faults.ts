// Trouble on demand: what a provider in trouble does, for tests, the demo and chaos runs.
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/**
 * - `fail`: answers `status` (500) without doing the work; `throttle`: 429 with Retry-After; `hang`: never answers, does nothing;
 * - `drop`: cuts the connection, nothing done; `cut`: does the work, then cuts the connection; `late`: does it, answers after `ms`;
 * - `delay`: does it after `ms`, whether anybody waits for it still or not.
 */
export const Fault = z.strictObject({
  kind: z.enum(["fail", "throttle", "hang", "drop", "cut", "late", "delay"]),
  /** For how many requests; 1 unless `forMs` is given, then unlimited. */
  times: z.int().positive().optional(),
  /** From now on until then, in milliseconds. */
  forMs: z.number().positive().optional(),
  /** The share of matching requests that meet it, 0 to 1. */
  chance: z.number().min(0).max(1).default(1),
  method: z.string().optional(),
  /** A regular expression on the address, such as `/users$`. */
  path: z.string().optional(),
  status: z.int().min(400).max(599).default(500),
  retryAfterSeconds: z.number().nonnegative().optional(),
  ms: z.number().nonnegative().default(1000),
});
export type Fault = z.infer<typeof Fault>;
export type FaultInput = z.input<typeof Fault>;

/** How long requests take, in milliseconds: evenly between both. */
export const Latency = z.strictObject({ min: z.number().nonnegative(), max: z.number().nonnegative() });
export type Latency = z.infer<typeof Latency>;

export interface Faults {
  /** From now on this happens, until it is used up or `clear` is called. The oldest that matches a request wins. */
  add(fault: FaultInput): void;
  /** Everything works again; the latency stays. */
  clear(): void;
  setLatency(latency: Latency): void;
  /** Users with these names are neither created nor renamed to. Replaces those named before. */
  refuseNames(names: readonly string[]): void;
}

export interface FaultControl extends Faults {
  /** The fault that this request meets, used up by one. */
  take(method: string, path: string): Fault | undefined;
  isRefused(name: string): boolean;
  /** Waits as long as a request takes. */
  pass(): Promise<unknown>;
}

interface Active {
  readonly fault: Fault;
  readonly path: RegExp;
  left: number;
  readonly until: number;
}

/** Nothing is wrong to begin with. */
export function createFaults(initial: Latency): FaultControl {
  let active: Active[] = [];
  let latency = initial;
  let refused = new Set<string>();

  return {
    add(input) {
      const fault = Fault.parse(input);
      const left = fault.times ?? (fault.forMs === undefined ? 1 : Number.POSITIVE_INFINITY);
      const until = performance.now() + (fault.forMs ?? Number.POSITIVE_INFINITY);
      active.push({ fault, path: new RegExp(fault.path ?? ""), left, until });
    },
    clear() {
      active = [];
      refused = new Set();
    },
    setLatency: (wanted) => {
      latency = wanted;
    },
    refuseNames: (names) => {
      refused = new Set(names);
    },
    isRefused: (name) => refused.has(name),
    take(method, path) {
      active = active.filter(({ left, until }) => left > 0 && until > performance.now());
      const met = active.find(({ fault, path: pattern }) => {
        return (fault.method ?? method) === method && pattern.test(path) && Math.random() < fault.chance;
      });
      if (met !== undefined) met.left--;
      return met?.fault;
    },
    pass: () => {
      const ms = latency.min + Math.random() * (latency.max - latency.min);
      return ms > 0 ? sleep(ms, undefined, { ref: false }) : Promise.resolve();
    },
  };
}
