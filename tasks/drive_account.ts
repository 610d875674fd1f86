// Makes the user's account at the drive provider, or adopts the one that an earlier attempt made.
import { randomBytes } from "node:crypto";
import { defineTask } from "steward/engine/define-task";
import type { Services, Step } from "steward/engine/step";
import { EngineError } from "steward/errors";
import { externalIdFor } from "../server/providers/drive.ts";

interface Person {
  readonly username: string;
  readonly email: string | null;
  readonly display_name: string | null;
  readonly password_sealed: string | null;
  readonly password_is_set: boolean;
  readonly password_is_sent: boolean;
  readonly may_be_left_over: boolean;
  readonly is_there: boolean;
  readonly is_being_removed: boolean;
}

const FIND_PERSON = `
select u.username, u.email, u.display_name, s.password_sealed, coalesce(s.is_set, false) as password_is_set,
  coalesce(s.is_sent, false) as password_is_sent, coalesce(s.is_found or s.is_set, false) as is_there,
  exists (
    select from steward.runs r
    where r.subject_id = u.id::text and r.finished_at is not null and r.kind = 'user_deletion' and r.subject_table = 'app_public.users'
  ) as may_be_left_over,
  app_private.is_being_removed(u.id, 'drive_remove') as is_being_removed
from app_public.users u left join app_private.drive_secrets s on s.user_id = u.id
where u.id = $1`;

const KEEP_SECRET = "insert into app_private.drive_secrets (user_id, password_sealed) values ($1, $2)";

const RECORD_FOUND = "update app_private.drive_secrets set is_found = true where user_id = $1";

const RECORD_SENT = "update app_private.drive_secrets set is_sent = true where user_id = $1";

/** The user comes first, as in their deletion, which then comes to the account and to the password. */
const RECORD_UNUSED = `
with person as materialized (select id from app_public.users where id = $1 for key share)
update app_private.drive_secrets s set is_set = true, is_unused = $2 from person where s.user_id = person.id`;

const RECORD_PASSWORD = "update app_private.drive_secrets set is_set = true where user_id = $1";

const KEEP_PLACEHOLDER = `
insert into app_public.drive_accounts (user_id, external_id) values ($1, $2)
on conflict (user_id) do nothing`;

const RECORD_ACCOUNT = `
update app_public.drive_accounts
set external_id = $2, status = 'active', provisioned_at = coalesce(provisioned_at, now())
where user_id = $1`;

export default defineTask(async (step, services) => {
  const [person] = await step.query<Person>(FIND_PERSON, [step.subjectId]);
  if (person === undefined) return undefined; // deleted meanwhile
  if (person.is_being_removed) throw new EngineError("ST407");

  const externalId = externalIdFor(step.subjectId);
  const password = await keepPassword(step, services, person.password_sealed, externalId);
  const account = {
    externalId,
    password,
    displayName: person.display_name ?? person.username,
    email: person.email,
    passwordIsNew: !person.password_is_set,
    passwordIsSent: person.password_is_sent,
    mayBeLeftOver: person.may_be_left_over,
    isThere: person.is_there,
    onFound: () => step.transaction((db) => db.query(RECORD_FOUND, [step.subjectId])),
    onPasswordSent: () => step.transaction((db) => db.query(RECORD_SENT, [step.subjectId])),
    onPasswordSet: () => step.transaction((db) => db.query(RECORD_PASSWORD, [step.subjectId])),
  };
  const began = performance.now();
  const made = await services.drive.ensureAccount(account, step);
  step.log.info(
    { user: step.subjectId, account: externalId, ms: Math.round(performance.now() - began) },
    made.adopted ? "found the drive account and set what it lacked" : "made the drive account",
  );
  return async (db) => {
    await db.query(RECORD_UNUSED, [step.subjectId, made.isUnused]);
    await db.query(RECORD_ACCOUNT, [step.subjectId, made.externalId]);
  };
});

/** The password is kept before the provider hears of it: whatever happens in between, the account can be taken over. */
async function keepPassword(
  step: Step,
  services: Services,
  sealed: string | null,
  externalId: string,
): Promise<string> {
  if (sealed !== null) return services.open(sealed, step.subjectId);
  const password = randomBytes(24).toString("base64url");
  await step.transaction(async (db) => {
    await db.query(KEEP_SECRET, [step.subjectId, services.seal(password, step.subjectId)]);
    await db.query(KEEP_PLACEHOLDER, [step.subjectId, externalId]);
  });
  return password;
}
