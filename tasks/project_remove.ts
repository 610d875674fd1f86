// Removes a deleted project at the cloud provider.

import { defineTask } from "steward/engine/define-task";
import { waitForOthers } from "steward/engine/wait-for-others";
import { z } from "zod";
import { unlessItComesLate } from "../server/late.ts";
import { readRemoval } from "../server/removals.ts";

const inputSchema = z.object({
  provider: z.string(),
  region: z.string().nullable(),
  external_id: z.string().nullable(),
});
/** A project made again with the same id that is at the cloud already: it is the present one's now, and this run was retried too late. */
const FIND_SUCCESSOR = "select from app_public.projects where id = $1 and external_id is not null";
const FIND_MARK = "select steward.mark() as mark";

export default defineTask(async (step, { clouds }) => {
  const { isApproved } = readRemoval(step.input);
  await waitForOthers(step);
  if ((await step.query(FIND_SUCCESSOR, [step.subjectId])).length > 0) return undefined;
  const { external_id, ...place } = inputSchema.parse(step.input);
  const [found] = await step.query<{ mark: string }>(FIND_MARK);
  const mark = isApproved ? null : (found?.mark ?? "");
  const project = { key: step.subjectId, externalId: external_id, mark };
  const isRemoved = await clouds.at(place).region.removeProject(project, step);
  if (!isRemoved) await unlessItComesLate(step, "project_provisioning", "project_link");
  step.log.info(
    { project: step.subjectId, account: external_id },
    isRemoved ? "removed the project" : "there was no project to remove",
  );
  return undefined;
});
