// Gives the project at the cloud provider the name and description that it has at this moment.
import { defineTask } from "steward/engine/define-task";
import { EngineError } from "steward/errors";
import { orCheckProject } from "../server/checks.ts";

interface Project {
  readonly name: string;
  readonly description: string | null;
  readonly provider: string;
  readonly region: string | null;
  readonly external_id: string | null;
  readonly mark: string;
  readonly must_wait: boolean;
}

const FIND_PROJECT = `
select name, description, provider, region, external_id, steward.mark() as mark,
  app_private.has_step_to_do(id, 'project_provisioning', 'project_link') as must_wait
from app_public.projects where id = $1`;

export default defineTask(async (step, { clouds }) => {
  const [project] = await step.query<Project>(FIND_PROJECT, [step.subjectId]);
  if (project === undefined) return undefined; // deleted meanwhile
  // The step that makes the project may have read the old name.
  if (project.must_wait) throw new EngineError("ST407");
  if (project.external_id === null) return undefined; // it will be made with the new name
  const { name, description, external_id: externalId, mark } = project;
  const wanted = { key: step.subjectId, mark, name, description: description ?? "", externalId };
  const { region } = clouds.at(project);
  await orCheckProject(step, () => region.renameProject(wanted, step));
  return undefined;
});
