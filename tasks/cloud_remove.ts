// Removes a deleted user at a cloud provider, with memberships and credentials.

import { defineTask } from "steward/engine/define-task";
import type { Db, Step } from "steward/engine/step";
import { waitForOthers } from "steward/engine/wait-for-others";
import { providerOf } from "../server/cloud-users.ts";
import { unlessAccountComesLate } from "../server/late.ts";
import type { Cloud, CloudRegion } from "../server/providers/cloud.ts";
import { readRemoval } from "../server/removals.ts";

interface Account {
  readonly external_id: string | null;
  /** By it an attempt that was cut short may have made one, or a second one. */
  readonly asked_name: string | null;
  readonly mark: string;
}

const FIND_ACCOUNT = `
select c.external_id, a.username as asked_name, steward.mark() as mark
from (select) one
left join app_private.cloud_users c on c.user_id = $1 and c.provider = $2
left join app_private.asked_names a on a.user_id = $1 and a.provider = $2`;
const FORGET_ACCOUNT = `
with asked as (delete from app_private.asked_names where user_id = $1 and provider = $2)
delete from app_private.cloud_users where user_id = $1 and provider = $2`;
/** Of two steps that end at the same time one waits here for the other. */
const LOCK_RUN = "select from steward.runs where id = $1 for no key update";
/** By it the steps for other clouds may still have to find an account. Errors of this run may have named them too. */
const FORGET_NAME = `
with forgotten as (
  update steward.runs r set input = r.input - 'username'
  where r.id = $1 and not exists (
    select from steward.steps s
    where s.run_id = r.id and s.task = 'cloud_remove' and s.id <> $2 and s.status not in ('succeeded', 'cancelled')
  )
  returning r.id
)
select steward.erase(run => f.id) from forgotten f`;

/** A user made again with the same id who is in a project there already: the account is theirs now, and this run was retried too late. */
const FIND_SUCCESSOR = `
select from app_public.project_members m join app_public.projects p on p.id = m.project_id
where m.user_id = $1 and m.synced_at is not null and p.provider = $2
limit 1`;

export default defineTask(async (step, { clouds }) => {
  const provider = providerOf(step);
  const { username, isApproved } = readRemoval(step.input);
  await waitForOthers(step);
  if ((await step.query(FIND_SUCCESSOR, [step.subjectId, provider])).length > 0) return (db) => forgetName(db, step);
  const [account] = await step.query<Account>(FIND_ACCOUNT, [step.subjectId, provider]);
  const externalId = account?.external_id ?? null;
  const askedName = account?.asked_name ?? null;
  // Where we know no such cloud and of no account, there is nothing to look for.
  if (externalId !== null || askedName !== null || clouds.has(provider)) {
    const cloud = clouds.of(provider);
    const mark = isApproved ? null : (account?.mark ?? "");
    const user = { key: step.subjectId, mark };
    if (externalId !== null || askedName === null)
      await removeFrom(cloud, { ...user, name: username, externalId }, step);
    if (askedName !== null) {
      const asked = { ...user, name: askedName, externalId: null };
      if (!(await removeFrom(cloud, asked, step))) await unlessAccountComesLate(step, provider);
    }
  }
  return async (db) => {
    await db.query(FORGET_ACCOUNT, [step.subjectId, provider]);
    await forgetName(db, step);
  };
});

type Removed = Parameters<CloudRegion["removeUser"]>[0];

async function removeFrom(cloud: Cloud, user: Removed, step: Step): Promise<boolean> {
  let isRemoved = false;
  for (const region of cloud.regions) isRemoved = (await cloud.in(region).removeUser(user, step)) || isRemoved;
  return isRemoved;
}

async function forgetName(db: Db, { runId, id }: Step): Promise<void> {
  await db.query(LOCK_RUN, [runId]);
  await db.query(FORGET_NAME, [runId, id]);
}
