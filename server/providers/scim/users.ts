// Users at a SCIM service as it has them: found by our key, changed without overwriting what somebody else changes at the same time.
import type { StewardError } from "steward/errors";
import { z } from "zod";
import { AppError, type AppErrorCode } from "../../errors.ts";
import type { CallContext } from "../http.ts";
import { describe, isGone, isOk, read, type ScimAnswer, type ScimCall, unexpected } from "./call.ts";

const User = z.looseObject({
  id: z.string().min(1),
  userName: z.string(),
  externalId: z.string().nullish(),
  displayName: z.string().nullish(),
  active: z.boolean().nullish(),
  emails: z.array(z.looseObject({ value: z.string().nullish(), primary: z.boolean().nullish() })).nullish(),
  meta: z.looseObject({ version: z.string().nullish() }).nullish(),
});
export type User = z.infer<typeof User>;

/** Attributes to set; null removes one. */
export type Changes = Readonly<Record<string, unknown>>;

export interface Users {
  /**
   * The user that carries this key as externalId, else the one that has it as userName and no other externalId: a service may keep
   * none, and an account made by hand has none.
   */
  find(key: string, ctx: CallContext): Promise<User | undefined>;
  /** Asks for a user to be made, once. The answer is for the caller to judge. */
  create(attributes: Changes, ctx: CallContext): Promise<ScimAnswer>;
  /**
   * Sets what `changesOf` says of the user as they are at that moment, but no password where the service changes none; false if they
   * are gone. ST509 refused.
   */
  change(user: User, changesOf: (user: User) => Changes, ctx: CallContext): Promise<boolean>;
  /** False if they are gone. */
  remove(user: User, ctx: CallContext): Promise<boolean>;
}

interface Features {
  readonly patch: boolean;
  /** Whether passwords of users can be changed; where people sign in elsewhere they cannot. */
  readonly password: boolean;
}

const Feature = z.object({ supported: z.boolean() }).nullish();
const Config = z.object({ patch: Feature, changePassword: Feature });
const Found = z.object({ Resources: z.array(User).nullish() });
const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
const PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/** Somebody else changes the same user each time: then the step comes back. */
const CHANGE_TRIES = 3;

/** The users of one service. */
export function createUsers(call: ScimCall): Users {
  let features: Features | undefined;

  /** Asked once. A service that does not tell (RFC 7644, 4) is taken to have them. */
  async function featuresOf(ctx: CallContext): Promise<Features> {
    const answer = await call({ method: "GET", path: "/ServiceProviderConfig" }, ctx);
    const { patch, changePassword } = Config.safeParse(isOk(answer) ? answer.body : {}).data ?? {};
    return { patch: patch?.supported !== false, password: changePassword?.supported !== false };
  }

  async function search(attribute: "externalId" | "userName", key: string, ctx: CallContext): Promise<User[]> {
    const query = new URLSearchParams({ filter: `${attribute} eq ${JSON.stringify(key)}` });
    const answer = await call({ method: "GET", path: `/Users?${query}` }, ctx);
    if (attribute === "externalId" && answer.error?.scimType === "invalidFilter") return [];
    const users = read(Found, `find user by ${attribute}`, answer).Resources ?? [];
    // A service that does not know the filter may answer with everybody.
    return users.filter((user) => user[attribute] === key || (attribute === "userName" && isSame(user.userName, key)));
  }

  async function find(key: string, ctx: CallContext): Promise<User | undefined> {
    const [keyed, ...more] = await search("externalId", key, ctx);
    if (more.length > 0)
      throw new AppError("ST505", { cause: `${more.length + 1} users have the externalId ${key}; remove all but one` });
    if (keyed !== undefined) return keyed;
    return (await search("userName", key, ctx)).find(({ externalId }) => !externalId);
  }

  async function patchOrReplace(user: User, changes: Changes, ctx: CallContext): Promise<ScimAnswer> {
    const target = { path: pathOf(user), version: user.meta?.version ?? undefined };
    return features?.patch === false
      ? call({ ...target, method: "PUT", body: replacement(user, changes) }, ctx)
      : call({ ...target, method: "PATCH", body: patch(changes) }, ctx);
  }

  return {
    find,
    create: (attributes, ctx) =>
      call({ method: "POST", path: "/Users", body: { schemas: [USER], ...attributes } }, ctx),

    async change(user, changesOf, ctx) {
      features ??= await featuresOf(ctx);
      for (let [tries, current] = [1, user]; ; tries++) {
        const { password, ...others } = changesOf(current);
        const changes = password !== undefined && features.password ? { ...others, password } : others;
        if (Object.keys(changes).length === 0) return true;
        const answer = await patchOrReplace(current, changes, ctx);
        if (isOk(answer)) return true;
        if (isGone(answer)) return false;
        if (answer.http !== 412 || tries === CHANGE_TRIES) throw refusal("change user", answer, changes);
        const found = await call({ method: "GET", path: pathOf(user) }, ctx);
        if (isGone(found)) return false;
        current = read(User, "read user", found);
      }
    },

    async remove(user, ctx) {
      const answer = await call({ method: "DELETE", path: pathOf(user) }, ctx);
      if (!isOk(answer) && !isGone(answer)) throw unexpected("remove user", answer);
      return isOk(answer);
    },
  };
}

/** The error for attributes that are not accepted. A service may repeat the password that it refuses: its words lose it. */
export function refusal(what: string, answer: ScimAnswer, { password }: Changes): StewardError {
  const code = CODES[answer.http] ?? "ST505";
  const words = describe(what, answer);
  return new AppError(code, { cause: typeof password === "string" ? words.replaceAll(password, "***") : words });
}

/** 400: what we say is not valid there; 409: somebody else has it. */
const CODES: Readonly<Record<number, AppErrorCode>> = { 400: "ST509", 409: "ST515" };

function patch(changes: Changes): Record<string, unknown> {
  const Operations = Object.entries(changes).map(([path, value]) =>
    value === null ? { op: "remove", path } : { op: "replace", path, value },
  );
  return { schemas: [PATCH], Operations };
}

/** The whole user with the changes in it. The service ignores what it alone may set. */
function replacement(user: User, changes: Changes): Record<string, unknown> {
  const all = { ...user, ...changes, meta: null };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

/** Letter case makes no difference in a userName (RFC 7643, 4.1.1); in an externalId it does. */
function isSame(userName: string, key: string): boolean {
  return userName.toLowerCase() === key.toLowerCase();
}

function pathOf({ id }: User): string {
  return `/Users/${encodeURIComponent(id)}`;
}
