// Removes a deleted project at the cloud provider.

import { defineTask } from "steward/engine/define-task";
import { waitForOthers } from "steward/engine/wait-for-others";
import { z } from "zod";

const inputSchema = z.object({ region: z.string().nullable(), external_id: z.string().nullable() });

export default defineTask(async (step, { cloud }) => {
  await waitForOthers(step);
  const { region, external_id } = inputSchema.parse(step.input);
  await cloud.in(region ?? cloud.defaultRegion).removeProject({ key: step.subjectId, externalId: external_id }, step);
  return undefined;
});
