// Disables or enables the project at the cloud provider, as its status says at this moment.
import { defineTask } from "steward/engine/define-task";
import { EngineError } from "steward/errors";
import { orCheckProject } from "../server/checks.ts";

interface Project {
  readonly status: string;
  readonly provider: string;
  readonly region: string | null;
  readonly external_id: string | null;
  readonly is_overlapped: boolean;
}

const FIND_PROJECT = `
select status, provider, region, external_id, steward_private.is_overlapped($2) as is_overlapped from app_public.projects where id = $1`;

export default defineTask(async (step, { clouds }) => {
  const [project] = await step.query<Project>(FIND_PROJECT, [step.subjectId, step.id]);
  if (project === undefined) return undefined; // deleted meanwhile
  if (project.is_overlapped) throw new EngineError("ST407");
  // Where there is none yet, the one that will be made is as it ought to be.
  const { region } = clouds.at(project);
  const own = { key: step.subjectId, externalId: project.external_id };
  await orCheckProject(step, () => region.setProjectEnabled(own, project.status !== "suspended", step));
  return undefined;
});
