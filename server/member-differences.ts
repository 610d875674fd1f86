// How the members of a project at the cloud provider differ from what they should be, by the users of ours that they are.
import type { Step } from "steward/engine/step";
import type { CloudRegion, ProjectRole } from "./providers/cloud.ts";
import { type Difference, GONE } from "./providers/difference.ts";

interface Member {
  readonly user_id: string;
  readonly username: string;
  readonly email: string | null;
  /** Null: the account was gone, and could not be made again. */
  readonly external_id: string | null;
  readonly role: ProjectRole;
  readonly access_id: string | null;
  /** False: still to come, or in the project already with an account that somebody disabled. */
  readonly is_synced: boolean;
}

const FIND_MEMBERS = `
select m.user_id, u.username, u.email, c.external_id, m.role, k.access_id,
  m.synced_at is not null as is_synced
from app_public.project_members m
join app_public.users u on u.id = m.user_id
left join app_private.cloud_users c on c.user_id = m.user_id and c.provider = $2
left join app_private.cloud_credentials k on k.project_id = m.project_id and k.user_id = m.user_id
where m.project_id = $1`;

/** The accounts of deleted users are about to go by themselves. */
const FIND_KNOWN = `
select c.user_id, c.external_id
from app_private.cloud_users c join app_public.users u on u.id = c.user_id
where c.provider = $1 and c.external_id = any ($2)`;

export interface Look {
  readonly step: Step;
  readonly cloud: CloudRegion;
  readonly project: { readonly external_id: string; readonly provider: string; readonly mark: string };
  /** Otherwise what a member lacks is lost if their account is gone. */
  readonly isRemade: boolean;
}

export interface FoundMember extends Difference {
  readonly part: "member";
  readonly user_id: string;
  readonly is_lost?: boolean;
}

/** Only of those who are synced: others are still to come. Changes nothing. */
export async function compareMembers(look: Look): Promise<FoundMember[]> {
  const { step, cloud, project } = look;
  const members = await step.query<Member>(FIND_MEMBERS, [step.subjectId, project.provider]);
  const expected = members.flatMap(({ external_id: userExternalId, role, access_id: access }) =>
    userExternalId === null ? [] : [{ userExternalId, role, access }],
  );
  const differences = await cloud.compareMembers({ projectExternalId: project.external_id, members: expected }, step);
  const unsynced = new Set(members.flatMap(({ is_synced, user_id }) => (is_synced ? [] : [user_id])));
  const strangers = differences.map(({ userExternalId }) => userExternalId);
  const known = await step.query<Pick<Member, "user_id" | "external_id">>(FIND_KNOWN, [project.provider, strangers]);
  // Of a member the account that was compared counts: a project that was mended meanwhile may have made another one.
  const users = new Map([...known, ...members].map(({ external_id, user_id }) => [external_id, user_id]));
  // Who is not ours may be in the project as they like.
  const ours = differences.flatMap(({ userExternalId, ...difference }) => {
    const user_id = users.get(userExternalId);
    return user_id === undefined || unsynced.has(user_id) ? [] : [{ ...difference, part: "member" as const, user_id }];
  });
  const withoutAccount = members.filter(({ external_id, is_synced }) => external_id === null && is_synced);
  const missing = withoutAccount.map(({ user_id, role }) => {
    return { part: "member", user_id, what: "role", expected: role, found: "none" } as const;
  });
  return markLost(look, members, [...ours, ...missing]);
}

/** Where what is gone is not made again, a member whose account is gone is not brought into line: that would make it again. */
async function markLost(
  { step, cloud, project, isRemade }: Look,
  members: readonly Member[],
  differences: readonly FoundMember[],
): Promise<FoundMember[]> {
  if (isRemade) return [...differences];
  const { mark } = project;
  const differing = new Set(differences.map(({ user_id }) => user_id));
  const gone = new Set<string>();
  for (const { user_id: key, username: name, email, external_id: externalId } of members) {
    if (!differing.has(key)) continue;
    const found = externalId === null ? [GONE] : await cloud.compareUser({ key, mark, name, email, externalId }, step);
    if (found.some(({ what }) => what === "existence")) gone.add(key);
  }
  return differences.map((difference) => ({ ...difference, is_lost: gone.has(difference.user_id) }));
}
