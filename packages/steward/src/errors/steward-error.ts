// An error that says what happened, whether another try can help, and what to do. The engine declares its own, an application its
// own: SQL and TypeScript speak of the same things by their codes.

/** What another try can do: `never` = it ends the step; `later` = back-off, uses up an attempt; `wait` = its provider is in trouble, waits without using one; `defer` = something of ours must happen first, likewise; `refused` = the provider refuses what this worker signs in with, likewise: workers with the same leave it alone for a while, others go on. */
export type Retry = "never" | "later" | "wait" | "defer" | "refused";

export interface ErrorDefinition {
  /** What happened, for a person; never internals, never a secret. */
  readonly sentence: string;
  /** What the reader can do about it. */
  readonly next: string;
  readonly retry: Retry;
  /** HTTP status when the error ends a whole request; 500 unless said. */
  readonly http?: number;
}

export interface Details {
  /** Replaces the definition's sentence where a name or number helps the reader. The same rules hold: no internals, no secret. */
  readonly sentence?: string;
  readonly cause?: unknown;
  /** With `wait` and `refused`: how long the other side asked us to wait (Retry-After). */
  readonly retryAfterMs?: number;
  /** The input field that is at fault. */
  readonly field?: string;
}

export class StewardError extends Error {
  readonly code: string;
  readonly retry: Retry;
  readonly next: string;
  readonly http: number;
  readonly retryAfterMs: number | undefined;
  readonly field: string | undefined;

  constructor(code: string, definition: ErrorDefinition, details: Details = {}) {
    super(details.sentence ?? definition.sentence, { cause: details.cause });
    this.name = "StewardError";
    this.code = code;
    this.retry = definition.retry;
    this.next = definition.next;
    this.http = definition.http ?? 500;
    this.retryAfterMs = details.retryAfterMs;
    this.field = details.field;
  }
}

/** Constraints of tables that input can break: the error that this is, and the input field at fault. */
export type Constraints<Code extends string> = Readonly<Record<string, readonly [Code, string]>>;

const definitions = new Map<string, ErrorDefinition>();
const constraints = new Map<string, readonly [string, string]>();

/**
 * Declares errors by their codes, and returns their class. SQL may raise them too, with the code as SQLSTATE, so a code has five
 * characters of A to Z and 0 to 9. A code can be declared once in a process.
 */
export function defineErrors<Code extends string>(
  declared: Readonly<Record<Code, ErrorDefinition>>,
  broken: Constraints<NoInfer<Code>> = {},
): new (
  code: Code,
  details?: Details,
) => StewardError {
  for (const [code, definition] of Object.entries<ErrorDefinition>(declared)) {
    if (definitions.has(code)) throw new Error(`the error ${code} is declared twice`);
    definitions.set(code, definition);
  }
  for (const [constraint, error] of Object.entries(broken)) constraints.set(constraint, error);
  return class DeclaredError extends StewardError {
    constructor(code: Code, details?: Details) {
      super(code, declared[code], details);
    }
  };
}

/** The declared error with this code, such as the SQLSTATE of an exception; undefined when nobody declared it. */
export function errorOf(code: unknown, details: Details): StewardError | undefined {
  const definition = typeof code === "string" ? definitions.get(code) : undefined;
  return definition && new StewardError(code as string, definition, details);
}

/** The declared error of a constraint that was broken; undefined when nobody declared it. */
export function errorOfConstraint(constraint: string | undefined, cause: unknown): StewardError | undefined {
  const [code, field] = constraints.get(constraint ?? "") ?? [];
  return field === undefined ? undefined : errorOf(code, { field, cause });
}

/** All that is declared, by code. */
export function declaredErrors(): ReadonlyMap<string, ErrorDefinition> {
  return definitions;
}
