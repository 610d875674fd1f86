// Compares a project and its members at the cloud provider with what they should be, and starts what mends them.
import { defineTask } from "steward/engine/define-task";
import { EngineError } from "steward/errors";
import { readCheck } from "../server/checks.ts";
import { compareMembers, type Look } from "../server/member-differences.ts";
import { isNotOurs } from "../server/providers/difference.ts";

interface Project {
  readonly name: string;
  readonly description: string | null;
  readonly provider: string;
  readonly region: string | null;
  readonly status: string;
  readonly external_id: string;
  readonly mark: string;
  readonly is_changing: boolean;
}

const FIND_PROJECT = `
select name, description, provider, region, status, external_id, steward.mark() as mark,
  app_private.is_changing(id, '{project_provisioning,project_update,project_rename,project_state}') as is_changing
from app_public.projects where id = $1 and external_id is not null`;

const SETTLE = "select app_private.settle_project_check($1, $2, $3, $4, $5) as is_settled";

export default defineTask(async (step, { clouds, remakesWhatIsGone }) => {
  const { provider, isDryRun, isRemade } = readCheck(step.input, remakesWhatIsGone);
  const [project] = await step.query<Project>(FIND_PROJECT, [step.subjectId]);
  if (project === undefined) return undefined; // deleted meanwhile, or not linked yet
  if (provider !== undefined && provider !== project.provider) return undefined;
  if (project.is_changing) throw new EngineError("ST407");
  const found = await compare({ step, cloud: clouds.at(project).region, project, isRemade });
  return async (db) => {
    const values = [step.runId, step.subjectId, JSON.stringify(found), isDryRun, isRemade];
    const { rows } = await db.query<{ is_settled: boolean }>(SETTLE, values);
    if (!rows[0]?.is_settled) throw new EngineError("ST407");
  };
});

async function compare(look: Look & { readonly project: Project }): Promise<unknown[]> {
  const { step, cloud, project } = look;
  const { name, description, status, external_id: externalId, mark } = project;
  const wanted = {
    key: step.subjectId,
    mark,
    name,
    description: description ?? "",
    externalId,
    enabled: status !== "suspended",
  };
  const own = await cloud.compareProject(wanted, step);
  const found = own.map((difference) => ({ ...difference, part: "project" }));
  // The members of a project that is gone are gone with it, one that is not ours any more is left alone; those of a suspended one are held.
  if (status === "suspended" || isNotOurs(own)) return found;
  return [...found, ...(await compareMembers(look))];
}
