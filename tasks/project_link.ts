// Makes sure that the project exists at the cloud provider, in its region.
import { defineTask } from "steward/engine/define-task";
import { EngineError } from "steward/errors";

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
  app_private.has_step_to_do(id, 'project_deletion', 'project_remove') as must_wait
from app_public.projects where id = $1`;
const RECORD_LINK = "update app_public.projects set external_id = $2, region = $3 where id = $1";

export default defineTask(async (step, { clouds }) => {
  const [project] = await step.query<Project>(FIND_PROJECT, [step.subjectId]);
  if (project === undefined) return undefined; // deleted meanwhile
  // It was deleted and made again with the same id: what there is of it is about to go.
  if (project.must_wait) throw new EngineError("ST407");
  const { name: region, region: cloud } = clouds.at(project);
  const made = await cloud.ensureProject(
    {
      key: step.subjectId,
      mark: project.mark,
      name: project.name,
      description: project.description ?? "",
      enabled: true,
      externalId: project.external_id,
    },
    step,
  );
  step.log.info(
    { project: step.subjectId, account: made.externalId, provider: project.provider, region },
    "linked the project",
  );
  return (db) => db.query(RECORD_LINK, [step.subjectId, made.externalId, region]);
});
