// For tasks that undo what others do: an attempt that was called off may still be at it.
import { EngineError } from "../errors/index.ts";
import type { Step } from "./step.ts";

/** Throws ST407 (the step comes back soon) while another attempt at the same provider may be acting for this step's subject. */
export async function waitForOthers(step: Step): Promise<void> {
  const [found] = await step.query<{ busy: boolean }>("select steward_private.is_acting_for($1, $2) as busy", [
    step.subjectId,
    step.id,
  ]);
  if (found?.busy) throw new EngineError("ST407");
}
