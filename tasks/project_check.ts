// Compares a project and its members at the cloud provider with what they should be, and starts what mends them.
import { defineTask } from "steward/engine/define-task";
import type { Step } from "steward/engine/step";
import { EngineError } from "steward/errors";
import { readCheck } from "../server/checks.ts";
import type { CloudRegion, ProjectRole } from "../server/providers/cloud.ts";

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

interface Member {
  readonly user_id: string;
  readonly external_id: string;
  readonly role: ProjectRole;
  readonly access_id: string | null;
}

const FIND_PROJECT = `
select name, description, provider, region, status, external_id, steward.mark() as mark,
  app_private.is_changing(id, '{project_provisioning,project_update,project_rename,project_state}') as is_changing
from app_public.projects where id = $1 and external_id is not null`;

/** Those who were put into the project; others are still to come. */
const FIND_MEMBERS = `
select m.user_id, c.external_id, m.role, k.access_id
from app_public.project_members m
join app_private.cloud_users c on c.user_id = m.user_id and c.provider = $2
left join app_private.cloud_credentials k on k.project_id = m.project_id and k.user_id = m.user_id
where m.project_id = $1 and m.synced_at is not null`;

const FIND_KNOWN =
  "select user_id, external_id from app_private.cloud_users where provider = $1 and external_id = any ($2)";

const SETTLE = "select app_private.settle_project_check($1, $2, $3, $4, $5) as is_settled";

export default defineTask(async (step, { clouds, remakesWhatIsGone }) => {
  const { provider, isDryRun, isRemade } = readCheck(step.input, remakesWhatIsGone);
  const [project] = await step.query<Project>(FIND_PROJECT, [step.subjectId]);
  if (project === undefined) return undefined; // deleted meanwhile, or not linked yet
  if (provider !== undefined && provider !== project.provider) return undefined;
  if (project.is_changing) throw new EngineError("ST407");
  const found = await compare(step, clouds.at(project).region, project);
  return async (db) => {
    const values = [step.runId, step.subjectId, JSON.stringify(found), isDryRun, isRemade];
    const { rows } = await db.query<{ is_settled: boolean }>(SETTLE, values);
    if (!rows[0]?.is_settled) throw new EngineError("ST407");
  };
});

async function compare(step: Step, cloud: CloudRegion, project: Project): Promise<unknown[]> {
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
  // The members of a project that is gone are gone with it; those of a suspended one are held.
  if (status === "suspended" || own.some(({ what }) => what === "existence")) return found;
  return [...found, ...(await compareMembers(step, cloud, project))];
}

async function compareMembers(step: Step, cloud: CloudRegion, project: Project): Promise<unknown[]> {
  const members = await step.query<Member>(FIND_MEMBERS, [step.subjectId, project.provider]);
  const expected = members.map((member) => ({
    userExternalId: member.external_id,
    role: member.role,
    access: member.access_id,
  }));
  const differences = await cloud.compareMembers({ projectExternalId: project.external_id, members: expected }, step);
  const strangers = differences.map(({ userExternalId }) => userExternalId);
  const known = await step.query<Pick<Member, "user_id" | "external_id">>(FIND_KNOWN, [project.provider, strangers]);
  const users = new Map(known.map(({ external_id, user_id }) => [external_id, user_id]));
  // Who is not ours may be in the project as they like.
  return differences.flatMap(({ userExternalId, ...difference }) => {
    const user_id = users.get(userExternalId);
    return user_id === undefined ? [] : [{ ...difference, part: "member", user_id }];
  });
}
