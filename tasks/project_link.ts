// Makes sure that the project exists at the cloud provider, in its region.
import { defineTask } from "steward/engine/define-task";

interface Project {
  readonly name: string;
  readonly description: string | null;
  readonly provider: string;
  readonly region: string | null;
  readonly external_id: string | null;
  readonly mark: string;
}

const FIND_PROJECT =
  "select name, description, provider, region, external_id, steward.mark() as mark from app_public.projects where id = $1";
const RECORD_LINK = "update app_public.projects set external_id = $2, region = $3 where id = $1";

export default defineTask(async (step, { clouds }) => {
  const [project] = await step.query<Project>(FIND_PROJECT, [step.subjectId]);
  if (project === undefined) return undefined; // deleted meanwhile
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
