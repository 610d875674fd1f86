// How the stand-in for zCompute answers. Refusals come in three forms, as others have seen them.

export interface Answer {
  readonly status: number;
  /** Text as it is; everything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by whatever handles a request; becomes the answer. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`HTTP ${status}`);
    this.name = "Refusal";
    this.answer = { status, body, headers };
  }
}

/** As sign-in refuses. */
export function refusedLogin(message: string, headers?: Readonly<Record<string, string>>): Refusal {
  return new Refusal(401, { error: { code: 401, message, title: "Unauthorized" } }, headers);
}

/** As everything else does. */
export function refused(status: number, description: string): Refusal {
  return new Refusal(status, { description });
}

export function forbidden(policy: string): Refusal {
  return new Refusal(403, { message: `Policy doesn't allow ${policy} to be performed.` });
}
