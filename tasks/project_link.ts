// Makes sure that the project exists at the cloud provider, in its region.
import { defineTask } from "steward/engine/define-task";

interface Project {
  readonly name: string;
  readonly description: string | null;
  readonly region: string | null;
  readonly external_id: string | null;
  readonly mark: string;
}

const FIND_PROJECT =
  "select name, description, region, external_id, steward.mark() as mark from app_public.projects where id = $1";
const RECORD_LINK = "update app_public.projects set external_id = $2, region = $3 where id = $1";

export default defineTask(async (step, { cloud }) => {
  const [project] = await step.query<Project>(FIND_PROJECT, [step.subjectId]);
  if (project === undefined) return undefined; // deleted meanwhile
  const region = project.region ?? cloud.defaultRegion;
  const made = await cloud.in(region).ensureProject(
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
  step.log.info({ project: step.subjectId, account: made.externalId, region }, "linked the project");
  return (db) => db.query(RECORD_LINK, [step.subjectId, made.externalId, region]);
});
