// Gives the user's drive account the name and address that the user has at this moment.
import { defineTask } from "steward/engine/define-task";
import { EngineError } from "steward/errors";
import { externalIdFor } from "../server/providers/drive.ts";

interface Person {
  readonly username: string;
  readonly email: string | null;
  readonly display_name: string | null;
  readonly has_account: boolean;
  readonly must_wait: boolean;
}

const FIND_PERSON = `
select u.username, u.email, u.display_name, coalesce(a.status in ('active', 'disabled'), false) as has_account,
  app_private.has_step_to_do(u.id, 'user_signup', 'drive_account') or app_private.is_being_removed(u.id, 'drive_remove') as must_wait
from app_public.users u left join app_public.drive_accounts a on a.user_id = u.id
where u.id = $1`;

export default defineTask(async (step, { drive }) => {
  const [person] = await step.query<Person>(FIND_PERSON, [step.subjectId]);
  if (person === undefined) return undefined; // deleted meanwhile
  // The step that makes the account may have read the old name.
  if (person.must_wait) throw new EngineError("ST407");
  if (!person.has_account) return undefined; // it will be made with the new name
  const { email, display_name, username } = person;
  const account = { externalId: externalIdFor(step.subjectId), displayName: display_name ?? username, email };
  const isThere = await drive.updateAccount(account, step);
  step.log.info(
    { user: step.subjectId, account: account.externalId },
    isThere ? "the drive account follows its user" : "there is no drive account to follow its user",
  );
  return undefined;
});
