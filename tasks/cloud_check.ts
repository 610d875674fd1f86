// Compares a user's account at a cloud provider with what it should be, and starts what mends it.
import { defineTask } from "steward/engine/define-task";
import { EngineError } from "steward/errors";
import { readCheck } from "../server/checks.ts";
import { providerOf } from "../server/cloud-users.ts";
import type { Difference } from "../server/providers/difference.ts";

interface Person {
  readonly username: string;
  readonly email: string | null;
  readonly external_id: string;
  readonly mark: string;
  readonly is_changing: boolean;
}

const FIND_PERSON = `
select u.username, u.email, c.external_id, steward.mark() as mark, app_private.is_changing(u.id, '{user_signup,user_update}') as is_changing
from app_public.users u join app_private.cloud_users c on c.user_id = u.id and c.provider = $2
where u.id = $1`;

/** Where the user is a member already. Elsewhere there need be no account. */
const FIND_REGIONS = `
select distinct p.region from app_public.project_members m join app_public.projects p on p.id = m.project_id
where m.user_id = $1 and m.synced_at is not null and p.provider = $2 and p.external_id is not null`;

/** Members that are not synced yet, or could not be. */
const FIND_UNSYNCED = `
select app_private.is_changing(m.project_id, '{project_provisioning,project_update}') as is_changing
from app_public.project_members m join app_public.projects p on p.id = m.project_id
where m.user_id = $1 and p.provider = $2`;

const FIND_ACCOUNT = "select from app_private.cloud_users where user_id = $1 and provider = $2 and external_id = $3";

const SETTLE = "select app_private.settle_account_check($1, $2, $3, 'cloud_account', $4, $5, $6) as is_settled";

export default defineTask(async (step, { clouds, remakesWhatIsGone }) => {
  const provider = providerOf(step);
  const check = readCheck(step.input, remakesWhatIsGone);
  if (check.provider !== undefined && check.provider !== provider) return undefined;
  const [person] = await step.query<Person>(FIND_PERSON, [step.subjectId, provider]);
  if (person === undefined) return undefined; // deleted meanwhile, or not in any project
  if (person.is_changing) throw new EngineError("ST407");
  const { username: name, email, external_id: externalId, mark } = person;
  const user = { key: step.subjectId, mark, name, email, externalId };
  const found: Difference[] = [];
  const regions = await step.query<{ region: string }>(FIND_REGIONS, [step.subjectId, provider]);
  if (regions.length === 0) {
    // Nothing to look at says nothing about what was found before.
    const unsynced = await step.query<{ is_changing: boolean }>(FIND_UNSYNCED, [step.subjectId, provider]);
    if (unsynced.some((member) => member.is_changing)) throw new EngineError("ST407");
    if (unsynced.length > 0) return undefined;
  }
  for (const { region } of regions) {
    found.push(...(await clouds.at({ provider, region }).region.compareUser(user, step)));
  }
  return async (db) => {
    // It may have been made again meanwhile, for a project.
    const account = await db.query(FIND_ACCOUNT, [step.subjectId, provider, externalId]);
    if (account.rowCount === 0) throw new EngineError("ST407");
    const values = [step.runId, step.subjectId, provider, JSON.stringify(found), check.isDryRun, check.isRemade];
    const { rows } = await db.query<{ is_settled: boolean }>(SETTLE, values);
    if (!rows[0]?.is_settled) throw new EngineError("ST407");
  };
});
