// Brings one user's membership of one project at the cloud provider into line with what project_members says at this moment.
import { defineTask } from "steward/engine/define-task";
import type { Services, Step } from "steward/engine/step";
import { EngineError } from "steward/errors";
import { orCheckProject } from "../server/checks.ts";
import { ensureCloudUser } from "../server/cloud-users.ts";
import { AppError } from "../server/errors.ts";
import type { CloudMember, CloudRegion, ProjectRole } from "../server/providers/cloud.ts";
import { rotateCredential } from "../server/providers/rotation.ts";
import { tellIfSlow } from "../server/slow-runs.ts";

interface Membership {
  readonly mark: string;
  readonly provider: string;
  readonly region: string;
  readonly project_external_id: string;
  readonly rotate_on_link: boolean;
  readonly username: string | null;
  readonly email: string | null;
  readonly user_external_id: string | null;
  readonly role: ProjectRole | null;
  readonly access_id: string | null;
  readonly is_being_removed: boolean;
  readonly is_overlapped: boolean;
}

const FIND_MEMBERSHIP = `
select steward.mark() as mark, p.provider, p.region, p.external_id as project_external_id, p.rotate_on_link,
  u.username, u.email, c.external_id as user_external_id, m.role, k.access_id,
  app_private.is_leaving($2, p.provider) as is_being_removed,
  steward_private.is_overlapped($3) as is_overlapped
from app_public.projects p
left join app_public.users u on u.id = $2
left join app_private.cloud_users c on c.user_id = $2 and c.provider = p.provider
left join app_public.project_members m on m.project_id = p.id and m.user_id = u.id
left join app_private.cloud_credentials k on k.project_id = p.id and k.user_id = u.id
where p.id = $1 and p.external_id is not null`;

const RECORD_MEMBER = `
update app_public.project_members set external_user_id = $3, synced_at = now()
where project_id = $1 and user_id = $2`;

const STORE_CREDENTIAL = `
insert into app_private.cloud_credentials (project_id, user_id, access_id, secret_sealed) values ($1, $2, $3, $4)
on conflict (project_id, user_id) do update
set access_id = excluded.access_id, secret_sealed = excluded.secret_sealed, created_at = now(), shown_at = null`;

const FORGET_CREDENTIAL = "delete from app_private.cloud_credentials where project_id = $1 and user_id = $2";

export default defineTask(async (step, services) => {
  const userId = step.item ?? "";
  const [found] = await step.query<Membership>(FIND_MEMBERSHIP, [step.subjectId, userId, step.id]);
  if (found === undefined) return undefined; // the project was deleted meanwhile
  if (found.is_overlapped) throw new EngineError("ST407");
  const { region: cloud } = services.clouds.at(found);

  if (found.role === null || found.username === null) {
    if (found.user_external_id === null) return undefined; // was never there
    await cloud.removeMember(
      { projectExternalId: found.project_external_id, userExternalId: found.user_external_id },
      step,
    );
    step.log.info({ project: step.subjectId, user: userId }, "took the member out of the project");
    return (db) => db.query(FORGET_CREDENTIAL, [step.subjectId, userId]);
  }
  if (found.is_being_removed) throw new EngineError("ST407");

  const user = await ensureCloudUser(step, cloud, { ...found, key: userId, name: found.username });
  const member = { projectExternalId: found.project_external_id, userExternalId: user.externalId };
  const { role } = found;
  await orCheckProject(step, () => cloud.ensureMember({ ...member, role }, step));
  if (found.rotate_on_link) await rotate(step, services, cloud, member, userId, found.access_id);
  // The role is as it should be, and yet the provider lets nobody in with this account.
  if (!user.enabled) throw new AppError("ST618");
  step.log.info(
    { project: step.subjectId, user: userId, account: user.externalId, role },
    "the member is in the project",
  );
  tellIfSlow(step);
  return (db) => db.query(RECORD_MEMBER, [step.subjectId, userId, user.externalId]);
});

async function rotate(
  step: Step,
  { seal }: Services,
  cloud: CloudRegion,
  member: CloudMember,
  userId: string,
  stored: string | null,
): Promise<void> {
  const store = async ({ access, secret }: { access: string; secret: string }) => {
    const sealed = seal(secret, `${step.subjectId}/${userId}`);
    await step.transaction((db) => db.query(STORE_CREDENTIAL, [step.subjectId, userId, access, sealed]));
  };
  await rotateCredential(cloud, member, { stored, store }, step);
}
