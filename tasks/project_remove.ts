// Removes a deleted project at the cloud provider.
import { z } from "zod";
import { defineTask } from "../server/engine/define-task.ts";
import { waitForOthers } from "../server/engine/wait-for-others.ts";

const inputSchema = z.object({ region: z.string().nullable(), external_id: z.string().nullable() });

export default defineTask(async (step, { cloud }) => {
  await waitForOthers(step);
  const { region, external_id } = inputSchema.parse(step.input);
  await cloud.in(region ?? cloud.defaultRegion).removeProject({ key: step.subjectId, externalId: external_id }, step);
  return undefined;
});
