// Compares a user's drive account with what it should be, and starts what mends it.
import { defineTask } from "steward/engine/define-task";
import { EngineError } from "steward/errors";
import { readCheck } from "../server/checks.ts";
import { externalIdFor } from "../server/providers/drive.ts";

interface Person {
  readonly username: string;
  readonly email: string | null;
  readonly display_name: string | null;
  readonly is_changing: boolean;
}

const FIND_PERSON = `
select u.username, u.email, u.display_name, app_private.is_changing(u.id, '{user_signup,user_update}') as is_changing
from app_public.users u join app_public.drive_accounts a on a.user_id = u.id
where u.id = $1 and a.provisioned_at is not null`;

const SETTLE = "select app_private.settle_account_check($1, $2, 'drive', 'drive_account', $3, $4, $5) as is_settled";

export default defineTask(async (step, { drive, remakesWhatIsGone }) => {
  const { provider, isDryRun, isRemade } = readCheck(step.input, remakesWhatIsGone);
  if (provider !== undefined && provider !== "drive") return undefined;
  const [person] = await step.query<Person>(FIND_PERSON, [step.subjectId]);
  if (person === undefined) return undefined; // deleted meanwhile, or never had an account
  if (person.is_changing) throw new EngineError("ST407");
  const { username, email, display_name } = person;
  const account = { externalId: externalIdFor(step.subjectId), displayName: display_name ?? username, email };
  const found = await drive.compareAccount(account, step);
  return async (db) => {
    const values = [step.runId, step.subjectId, JSON.stringify(found), isDryRun, isRemade];
    const { rows } = await db.query<{ is_settled: boolean }>(SETTLE, values);
    if (!rows[0]?.is_settled) throw new EngineError("ST407");
  };
});
