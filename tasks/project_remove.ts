// Removes a deleted project at the cloud provider.

import { defineTask } from "steward/engine/define-task";
import { waitForOthers } from "steward/engine/wait-for-others";
import { z } from "zod";
import { readRemoval } from "../server/removals.ts";

const inputSchema = z.object({
  provider: z.string(),
  region: z.string().nullable(),
  external_id: z.string().nullable(),
});
const FIND_MARK = "select steward.mark() as mark";

export default defineTask(async (step, { clouds }) => {
  const { isApproved } = readRemoval(step.input);
  await waitForOthers(step);
  const { external_id, ...place } = inputSchema.parse(step.input);
  const [found] = await step.query<{ mark: string }>(FIND_MARK);
  const mark = isApproved ? null : (found?.mark ?? "");
  const project = { key: step.subjectId, externalId: external_id, mark };
  const isRemoved = await clouds.at(place).region.removeProject(project, step);
  step.log.info(
    { project: step.subjectId, account: external_id },
    isRemoved ? "removed the project" : "there was no project to remove",
  );
  return undefined;
});
