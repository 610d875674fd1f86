// A provider may carry out what was asked of it after the attempt that asked has ended: its worker was killed, or its answer was lost.

import type { Step } from "steward/engine/step";
import { EngineError } from "steward/errors";

/** How often something is looked for meanwhile. */
const LOOK_MS = 5_000;

const MAY_COME = "select app_private.may_come_late($1, $2, $3) as may_come";
const IS_ASKED_FOR = `
select
from steward.runs r
join app_private.asked_names a on a.user_id = r.subject_id::uuid and a.provider = $2
join steward.steps s on s.id = a.step_id
where r.id = $1 and r.created_at > now() - interval '30 seconds' and s.begun_at > r.created_at - interval '5 minutes'`;

/** For a removal that found nothing: ST407 as long as a step that was given up within the last half minute may still make it. */
export async function unlessItComesLate(step: Step, kind: string, stepName: string): Promise<void> {
  const [found] = await step.query<{ may_come: boolean }>(MAY_COME, [step.subjectId, kind, stepName]);
  if (found?.may_come) throw lookAgain();
}

/** The same for an account at a cloud that was asked for shortly before the deletion and not heard of: ST407 in the first half minute of it. */
export async function unlessAccountComesLate(step: Step, provider: string): Promise<void> {
  if ((await step.query(IS_ASKED_FOR, [step.runId, provider])).length > 0) throw lookAgain();
}

function lookAgain(): Error {
  return new EngineError("ST407", { retryAfterMs: LOOK_MS });
}
