// What zCompute answers to a change is known from one source, or from none. So an answer is no more than a reason to look: a change
// counts as done when a list shows it, and a 404 means `gone` when a list agrees.
import type { CallContext } from "../http.ts";
import { fault } from "./answers.ts";
import { isLost, type Reply } from "./api.ts";

interface Change<T> {
  readonly send: () => Promise<Reply>;
  /** Reads a list and answers with what shows that the change is there; undefined while nothing does. */
  readonly look: () => Promise<T | undefined>;
  /** The error for a refusal (400, 404, 409) that left things as they were. */
  readonly refused: (reply: Reply) => Error;
}

/** Makes a change, whatever becomes of its answer, and looks. ST605 if it was accepted and nothing is to be seen of it. */
export async function confirm<T>({ send, look, refused }: Change<T>, ctx: CallContext): Promise<T> {
  const outcome = await attempt(send, ctx);
  const seen = await look();
  if (seen !== undefined) return seen;
  if (outcome instanceof Error) throw outcome;
  if (!outcome.ok) throw refused(outcome);
  throw fault("ST605", new Error(`${outcome.cause.message}, and yet it is not so`));
}

async function attempt(send: () => Promise<Reply>, ctx: CallContext): Promise<Reply | Error> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof Error && isLost(error, ctx)) return error;
    throw error;
  }
}

/** For what is still listed although a change of it was answered with 404; `otherwise` for other refusals. */
export function stillThere(otherwise: (reply: Reply) => Error): (reply: Reply) => Error {
  return (reply) => (reply.status === 404 ? fault("ST607", reply.cause) : otherwise(reply));
}
