// Disables or enables the project at the cloud provider, as its status says at this moment.
import { defineTask } from "../server/engine/define-task.ts";

interface Project {
  readonly status: string;
  readonly region: string;
  readonly external_id: string;
}

const FIND_LINKED_PROJECT = `
select status, region, external_id from app_public.projects
where id = $1 and external_id is not null`;

export default defineTask(async (step, { cloud }) => {
  const [project] = await step.query<Project>(FIND_LINKED_PROJECT, [step.subjectId]);
  if (project === undefined) return undefined; // deleted meanwhile, or not linked yet: then it is made as it ought to be
  await cloud.in(project.region).setProjectEnabled(project.external_id, project.status !== "suspended", step);
  return undefined;
});
