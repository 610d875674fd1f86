// Comparing with the providers: what a run is asked to do, and what begins one.
import type { Step } from "steward/engine/step";
import { StewardError } from "steward/errors";
import { z } from "zod";

const Input = z.object({
  provider: z.string().optional(),
  is_dry_run: z.boolean().default(false),
  is_remade: z.boolean().optional(),
});

export interface Check {
  /** Undefined: all of them. */
  readonly provider: string | undefined;
  readonly isDryRun: boolean;
  /** Whether what is gone is made again. */
  readonly isRemade: boolean;
}

/** Reads the input of a user_check or project_check run. `isRemade`: where it says nothing. */
export function readCheck(input: unknown, isRemade: boolean): Check {
  const { provider, is_dry_run, is_remade } = Input.parse(input ?? {});
  return { provider, isDryRun: is_dry_run, isRemade: is_remade ?? isRemade };
}

const CHECK_PROJECT = "select app_private.start_checks('{}', array[$1::uuid], '{}')";

/** What `work` answers. If the project turns out to be gone, it is looked at as a whole, and made again or shown as lost. */
export async function orCheckProject<T>(step: Step, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StewardError && error.code === "ST613")
      await step.transaction((db) => db.query(CHECK_PROJECT, [step.subjectId]));
    throw error;
  }
}
