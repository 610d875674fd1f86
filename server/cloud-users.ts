// A user's account at a cloud, made or found for one of their projects, and kept for all of them.
import type { Step } from "steward/engine/step";
import { EngineError, StewardError } from "steward/errors";
import { isBeingFreed } from "./names.ts";
import type { CloudRegion, CloudUser } from "./providers/cloud.ts";

/** The first who asks says by which name, until the account is known; while that step is at it others wait. */
const ASK = `
insert into app_private.asked_names as a (user_id, provider, username, email, step_id) values ($1, $2, $3, $4, $5)
on conflict (user_id, provider) do update
set step_id = case when exists (select from steward.steps s where s.id = a.step_id and s.worker_id is not null) then a.step_id else $5 end
returning username as name, email, step_id <> $5 as is_held, xmax <> 0 as is_repeated`;
/** By another step since this one began. */
const FIND_KNOWN = "select external_id from app_private.cloud_users where user_id = $1 and provider = $2";
const FORGET_ASKED = "delete from app_private.asked_names where user_id = $1 and provider = $2";

const RECORD_USER = `
insert into app_private.cloud_users (user_id, provider, external_id) values ($1, $2, $3)
on conflict (user_id, provider) do update set external_id = excluded.external_id`;

/** Who got another name since the account was asked for could not be renamed then. */
const FOLLOW_NAME = `
select app_private.update_accounts(array[u.id]) from app_public.users u where u.id = $1 and (u.username, u.email) is distinct from ($2, $3)`;

/** The provider refuses the name, or somebody else has it: nothing was made by it. */
const REFUSED = new Set(["ST609", "ST610"]);

/** The provider whose accounts a step of a user's run is about: its item. Steps for openstack have none, or `all`. */
export function providerOf({ item }: Step): string {
  return item === null || item === "all" ? "openstack" : item;
}

interface Wanted extends Omit<CloudUser, "externalId"> {
  readonly provider: string;
  readonly user_external_id: string | null;
}

/**
 * For a step about a project; waits for a name that another user of ours is giving up. Stored at once, not with the completion: the
 * user's other projects and their deletion need to know it. An account is asked for by one step at a time,
 * and by one name until it is known or refused, whatever the user is called meanwhile: there shall be one.
 */
export async function ensureCloudUser(
  step: Step,
  cloud: CloudRegion,
  { provider, key, mark, name, email, user_external_id: externalId }: Wanted,
): Promise<{ externalId: string; enabled: boolean }> {
  const own = { name, email, externalId, isRepeated: false };
  const asked = externalId === null ? await ask(step, provider, { key, name, email }) : own;
  const { isRepeated, ...account } = asked;
  const user = await cloud.ensureUser({ key, mark, ...account }, step).catch(async (error: unknown) => {
    if (!(error instanceof StewardError) || !REFUSED.has(error.code)) throw error;
    await step.transaction((db) => db.query(FORGET_ASKED, [key, provider]));
    if (asked.name !== name) throw new EngineError("ST407"); // by the present name at the next attempt
    if (error.code === "ST610" && (await isBeingFreed(step, provider, cloud, { key, name })))
      throw new EngineError("ST407");
    throw error;
  });
  if (user.externalId !== externalId) {
    await step.transaction(async (db) => {
      await db.query(RECORD_USER, [key, provider, user.externalId]);
      // What was asked for before could still come, and make a second one as soon as this one gave its name up.
      if (!isRepeated) await db.query(FORGET_ASKED, [key, provider]);
      await db.query(FOLLOW_NAME, [key, asked.name, asked.email]);
    });
  }
  return user;
}

interface Asked extends Pick<CloudUser, "name" | "email" | "externalId"> {
  /** An earlier attempt asked and did not hear of it: the provider may yet do what that one asked for. */
  readonly isRepeated: boolean;
}
type AskedRow = Pick<Asked, "name" | "email"> & { readonly is_held: boolean; readonly is_repeated: boolean };

function ask(step: Step, provider: string, { key, ...wanted }: Omit<CloudUser, "mark" | "externalId">): Promise<Asked> {
  return step.transaction(async (db) => {
    const [asked] = (await db.query<AskedRow>(ASK, [key, provider, wanted.name, wanted.email, step.id])).rows;
    if (asked === undefined || asked.is_held) throw new EngineError("ST407");
    const [known] = (await db.query<{ external_id: string }>(FIND_KNOWN, [key, provider])).rows;
    const { name, email, is_repeated: isRepeated } = asked;
    return { name, email, externalId: known?.external_id ?? null, isRepeated };
  });
}
