// Makes a file in tasks/ what graphile-worker wants (a function of a job) out of what a lifecycle needs (the work of a step).
import type { JobHelpers } from "graphile-worker";
import { z } from "zod";
import { log } from "../log.ts";
import { engineOf } from "./processes.ts";
import type { Work } from "./step.ts";

const payloadSchema = z.object({ step: z.string().regex(/^[0-9]{1,19}$/) });

/** A task of a lifecycle. */
export interface StepTask {
  (payload: unknown, helpers: JobHelpers): Promise<void>;
  readonly work: Work;
}

/** The default export of a task file: what to do for a step. When, how often and for how long is the engine's business. */
export function defineTask(work: Work): StepTask {
  async function task(payload: unknown, helpers: JobHelpers): Promise<void> {
    const parsed = payloadSchema.safeParse(payload);
    if (!parsed.success) {
      // Not ours: no step is lost by dropping it, and trying again would not make it better.
      log.error(
        { job: helpers.job.id, task: helpers.job.task_identifier },
        'dropped a job whose payload is not {"step": "<id>"}; insert a row instead of adding such jobs by hand',
      );
      return;
    }
    await engineOf(helpers.job.locked_by).runJob(parsed.data.step);
  }
  return Object.assign(task, { work });
}

/** Whether a task file's export belongs to a lifecycle. */
export function isStepTask(value: unknown): value is StepTask {
  return typeof value === "function" && "work" in value && typeof value.work === "function";
}
