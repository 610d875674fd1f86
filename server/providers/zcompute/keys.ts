// Access keys of members, where the configuration has an administrator's key of the project. Otherwise they are refused, and left alone.
import { log } from "steward/log";
import type { CloudCredential, CloudMember } from "../cloud.ts";
import type { CallContext } from "../http.ts";
import { fault, notAllowed } from "./answers.ts";
import type { AccessKey, ZComputeRegion } from "./config.ts";
import type { Iam } from "./iam.ts";
import type { Lists, User } from "./lists.ts";
import { isOurs } from "./names.ts";

export interface Keys {
  /** See CloudRegion.createCredential. ST630 without an administrator's key of the project. */
  create(member: CloudMember, ctx: CallContext): Promise<CloudCredential>;
  /** See CloudRegion.keepCredential; of the others only those that this process made are removed, as a listing may hold other projects'. */
  keep(member: CloudMember & { readonly access: string }, ctx: CallContext): Promise<number>;
  /** Removes the keys of somebody who is in no other project, and says how many; whoever is in another keeps what may belong there. */
  removeAll(member: CloudMember, ctx: CallContext): Promise<number>;
  /** False if the key is known to be gone. */
  has(member: CloudMember, access: string, ctx: CallContext): Promise<boolean>;
}

export function createKeys(region: ZComputeRegion, iam: Iam, lists: Lists): Keys {
  /** What this process made, by user and project. */
  const made = new Map<string, Set<string>>();
  const madeFor = ({ userExternalId, projectExternalId }: CloudMember) => {
    const place = `${userExternalId} ${projectExternalId}`;
    const known = made.get(place) ?? new Set<string>();
    made.set(place, known);
    return known;
  };

  const keyOf = ({ projectExternalId }: CloudMember): AccessKey | undefined => region.keys?.[projectExternalId];

  async function find({ userExternalId }: CloudMember, ctx: CallContext): Promise<User | undefined> {
    return (await lists.users(ctx)).find(({ id }) => id === userExternalId);
  }

  /** ST630 without a key of the project; ST613, ST614 when one of the two is not listed. */
  async function open(member: CloudMember, ctx: CallContext): Promise<{ key: AccessKey; name: string }> {
    const key = keyOf(member);
    if (key === undefined) throw notAllowed("make access keys in this project");
    if (!(await lists.projects(ctx)).some(({ id }) => id === member.projectExternalId))
      throw fault("ST613", new Error(`project ${member.projectExternalId} is not listed`));
    const user = await find(member, ctx);
    if (user === undefined) throw fault("ST614", new Error(`account ${member.userExternalId} is not listed`));
    return { key, name: user.name };
  }

  return {
    async create(member, ctx) {
      const { key, name } = await open(member, ctx);
      const credential = await iam.create(key, name, ctx);
      madeFor(member).add(credential.access);
      const isListed = (await iam.list(key, name, ctx))?.includes(credential.access) === true;
      if (!isListed || !(await iam.isGood(credential, ctx)))
        throw fault("ST605", new Error(`the new key ${credential.access} is not listed, or signs nothing`));
      return credential;
    },
    async keep(member, ctx) {
      const { key, name } = await open(member, ctx);
      const all = await iam.list(key, name, ctx);
      if (all?.includes(member.access) !== true)
        throw fault("ST616", new Error(`account ${member.userExternalId} does not have key ${member.access}`));
      const others = all.filter((access) => access !== member.access && madeFor(member).has(access));
      for (const access of others) await iam.remove(key, name, access, ctx);
      return others.length;
    },
    async removeAll(member, ctx) {
      const key = keyOf(member);
      const user = key && (await find(member, ctx));
      if (key === undefined || user === undefined || !isOurs(user.name)) return 0;
      const all = (await iam.list(key, user.name, ctx)) ?? [];
      const granted = await lists.granted(user.id, ctx);
      const isElsewhere = granted.some(({ projectId }) => projectId !== member.projectExternalId);
      const doomed = isElsewhere ? all.filter((access) => madeFor(member).has(access)) : all;
      for (const access of doomed) await iam.remove(key, user.name, access, ctx);
      if (doomed.length < all.length)
        log.warn(
          { account: user.id, keys: all.length - doomed.length },
          "zCompute: keys stay that may belong to another project",
        );
      return doomed.length;
    },
    async has(member, access, ctx) {
      const key = keyOf(member);
      const user = key && (await find(member, ctx));
      if (key === undefined || user === undefined) return true;
      return (await iam.list(key, user.name, ctx))?.includes(access) === true;
    },
  };
}
