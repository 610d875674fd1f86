// Removes a deleted user at the cloud provider, with memberships and credentials.

import { defineTask } from "steward/engine/define-task";
import type { Db } from "steward/engine/step";
import { waitForOthers } from "steward/engine/wait-for-others";
import { readRemoval } from "../server/removals.ts";

const FIND_ACCOUNT = `
select c.external_id, steward.mark() as mark
from (select) one left join app_private.cloud_users c on c.user_id = $1 and c.provider = $2`;
const FORGET_ACCOUNT = "delete from app_private.cloud_users where user_id = $1 and provider = $2";
/** Errors of this run may have named them too. */
const FORGET_NAME = `
with forgotten as (update steward.runs set input = input - 'username' where id = $1 returning id)
select steward.erase(run => f.id) from forgotten f`;

/** A user made again with the same id who is in a project already: the account is theirs now, and this run was retried too late. */
const FIND_SUCCESSOR = "select from app_public.project_members where user_id = $1 and synced_at is not null limit 1";

export default defineTask(async (step, { cloud }) => {
  const { username: name, isApproved } = readRemoval(step.input);
  await waitForOthers(step);
  const forgetName = (db: Db) => db.query(FORGET_NAME, [step.runId]);
  if ((await step.query(FIND_SUCCESSOR, [step.subjectId])).length > 0) return forgetName;
  const [account] = await step.query<{ external_id: string | null; mark: string }>(FIND_ACCOUNT, [
    step.subjectId,
    cloud.name,
  ]);
  const mark = isApproved ? null : (account?.mark ?? "");
  const user = { key: step.subjectId, name, externalId: account?.external_id ?? null, mark };
  for (const region of cloud.regions) await cloud.in(region).removeUser(user, step);
  return async (db) => {
    await db.query(FORGET_ACCOUNT, [step.subjectId, cloud.name]);
    await forgetName(db);
  };
});
