// Gives the user's account at a cloud provider the name and address that the user has at this moment.
import { defineTask } from "steward/engine/define-task";
import { EngineError, StewardError } from "steward/errors";
import { providerOf } from "../server/cloud-users.ts";
import { interimName, isBeingFreed } from "../server/names.ts";

interface Person {
  readonly username: string;
  readonly email: string | null;
  readonly external_id: string;
  readonly mark: string;
  readonly must_wait: boolean;
}

const FIND_PERSON = `
select u.username, u.email, c.external_id, steward.mark() as mark,
  app_private.is_leaving(u.id, c.provider) or app_private.is_asked_for(u.id, c.provider) as must_wait
from app_public.users u join app_private.cloud_users c on c.user_id = u.id and c.provider = $2
where u.id = $1`;
/** No request of an attempt that was cut short can come any more. */
const FORGET_ASKED = "delete from app_private.asked_names where user_id = $1 and provider = $2";

export default defineTask(async (step, { clouds }) => {
  const provider = providerOf(step);
  const [person] = await step.query<Person>(FIND_PERSON, [step.subjectId, provider]);
  if (person === undefined) return undefined; // deleted meanwhile, or not in any project: an account is made with the new name
  if (person.must_wait) throw new EngineError("ST407");
  const { username: name, email, external_id: externalId, mark } = person;
  const user = { key: step.subjectId, mark, name, email, externalId };
  const cloud = clouds.of(provider);
  for (const region of cloud.regions.map((name) => cloud.in(name))) {
    await region.renameUser(user, step).catch(async (error: unknown) => {
      const isTaken = error instanceof StewardError && error.code === "ST610";
      if (!isTaken || !(await isBeingFreed(step, provider, region, user))) throw error;
      // Two who swap names would wait for each other for ever, so each gives up the old one before it waits.
      await region.renameUser({ ...user, name: interimName(step.subjectId) }, step);
      throw new EngineError("ST407");
    });
  }
  return (db) => db.query(FORGET_ASKED, [step.subjectId, provider]);
});
