// What a run that removes something at a provider was told. Nothing is removed by mistake: what is more than was to be expected waits
// for an operator, who says so with app_public.approve_removals.
import { z } from "zod";
import { AppError } from "./errors.ts";

const Input = z.object({
  username: z.string().optional(),
  must_ask: z.boolean().default(false),
  is_approved: z.boolean().default(false),
});

export interface Removal {
  /** By it an account is found whose id was not recorded any more before a crash. */
  readonly username: string;
  readonly isApproved: boolean;
}

/** Reads a run's input. ST217 while somebody has to say first that so many deletions were meant. */
export function readRemoval(input: unknown): Removal {
  const { username = "", must_ask, is_approved } = Input.parse(input ?? {});
  if (must_ask && !is_approved) throw new AppError("ST217");
  return { username, isApproved: is_approved };
}
