// Removes the files that the drive provider puts into every new account.
import { defineTask } from "steward/engine/define-task";

interface Account {
  readonly external_id: string;
  readonly password_sealed: string;
  readonly is_unused: boolean;
}

const FIND_ACCOUNT = `
select a.external_id, s.password_sealed, s.is_unused
from app_public.drive_accounts a join app_private.drive_secrets s on s.user_id = a.user_id
where a.user_id = $1`;

const RECORD_REMOVAL = "update app_public.drive_accounts set files_removed = files_removed + $2 where user_id = $1";

export default defineTask(async (step, { drive, open }) => {
  const [account] = await step.query<Account>(FIND_ACCOUNT, [step.subjectId]);
  if (account === undefined) return undefined; // deleted meanwhile
  const { external_id, password_sealed, is_unused } = account;
  const login = { externalId: external_id, password: open(password_sealed, step.subjectId), isUnused: is_unused };
  const began = performance.now();
  const removed = await drive.removeSkeleton(login, step, step.progress);
  const seconds = (performance.now() - began) / 1000;
  step.log.info(
    { user: step.subjectId, account: login.externalId, files: removed, ms: Math.round(seconds * 1000) },
    `removed ${removed} files of ${login.externalId}, ${seconds.toFixed(1)} s`,
  );
  return (db) => db.query(RECORD_REMOVAL, [step.subjectId, removed]);
});
