// What a cloud provider must be able to do. Tasks know this and nothing of the protocols behind it.
// Every `ensure` makes nothing twice and leaves alone what is right already, so all may be called again after any failure.

import type { Difference } from "./difference.ts";
import type { CallContext } from "./http.ts";

export type ProjectRole = "owner" | "admin" | "member" | "viewer";

/** A project as it should be. */
export interface CloudProject {
  /** Our id; by it the project is found again. */
  readonly key: string;
  /** The mark of our database; what carries another database's is left alone (ST619). */
  readonly mark: string;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  /** What an earlier call answered, if it was stored. */
  readonly externalId: string | null;
}

/** An account as it should be. */
export interface CloudUser {
  /** Our id; only accounts that carry it are adopted, changed or removed. */
  readonly key: string;
  /** As in CloudProject. */
  readonly mark: string;
  /** The account's name at the provider; it may refuse it. */
  readonly name: string;
  readonly email: string | null;
  /** What an earlier call answered in this region, for any project; saves a search, and finds the account after a change of name. */
  readonly externalId: string | null;
}

export interface CloudMember {
  readonly projectExternalId: string;
  readonly userExternalId: string;
}

/** A member as they should be; `access`: the credential they were given, if one. */
export interface ExpectedMember {
  readonly userExternalId: string;
  readonly role: ProjectRole;
  readonly access: string | null;
}

export interface MemberDifference extends Difference {
  readonly userExternalId: string;
}

export interface CloudCredential {
  readonly access: string;
  readonly secret: string;
}

/**
 * One region of a provider, with its own address and administrator. All methods throw StewardError (or what the context's
 * guard and signal throw). A provider that is still at it (asynchronous creation) throws one with retry `wait`.
 */
export interface CloudRegion {
  /** Makes the project, or adopts and corrects the one that is there. ST611 refused, ST612 name taken. */
  ensureProject(project: CloudProject, ctx: CallContext): Promise<{ externalId: string }>;
  /**
   * Without an external id it looks the project up: an attempt to make it may have been cut short before it was recorded. False if
   * there is none of ours yet; ST613 if the one of the external id is gone.
   */
  setProjectEnabled(
    project: Pick<CloudProject, "key" | "externalId">,
    enabled: boolean,
    ctx: CallContext,
  ): Promise<boolean>;
  /** Gives the project its name and description; another step may do so at any time. ST612 if its name there is taken, ST613 if it is gone. */
  renameProject(project: Omit<CloudProject, "enabled">, ctx: CallContext): Promise<void>;
  /**
   * Removes the project with its memberships and credentials; false if there was none of ours any more. ST619 if it does not carry this
   * mark; null: an operator says that it does not matter.
   */
  removeProject(
    project: Pick<CloudProject, "key" | "externalId"> & { readonly mark: string | null },
    ctx: CallContext,
  ): Promise<boolean>;
  /**
   * Makes the account, or adopts the one that is there, whatever its name is by now. One that somebody disabled stays disabled: that is
   * the provider's own decision. ST609 name refused, ST610 name taken.
   */
  ensureUser(user: CloudUser, ctx: CallContext): Promise<{ externalId: string; enabled: boolean }>;
  /** Gives the account its name and address; false if there is none of ours. ST609 name refused, ST610 name taken. */
  renameUser(user: CloudUser, ctx: CallContext): Promise<boolean>;
  /** Whose account has a name, as the provider compares names, and how it is written there. */
  findHolder(name: string, ctx: CallContext): Promise<NameHolder | undefined>;
  /** Removes the account with its memberships and credentials; false if there was none of ours any more. The mark as in removeProject. */
  removeUser(
    user: Pick<CloudUser, "key" | "name" | "externalId"> & { readonly mark: string | null },
    ctx: CallContext,
  ): Promise<boolean>;
  /** Afterwards the user has exactly this one of our roles on the project. ST613 project gone, ST614 user gone. */
  ensureMember(member: CloudMember & { readonly role: ProjectRole }, ctx: CallContext): Promise<void>;
  /** Takes all our roles and every credential of the user on the project; false if there was nothing to take. */
  removeMember(member: CloudMember, ctx: CallContext): Promise<boolean>;
  /** How the project differs: existence (one that we did not make counts as gone), mark, enabled, name, description. Changes nothing, like all that compares. */
  compareProject(project: CloudProject, ctx: CallContext): Promise<readonly Difference[]>;
  /** How the account differs: existence, mark, enabled, name, email. */
  compareUser(user: CloudUser, ctx: CallContext): Promise<readonly Difference[]>;
  /** How those who have one of our roles on the project differ from these members, and which credentials are gone. Whoever else has a role there is told too. ST613 project gone. */
  compareMembers(
    expected: { readonly projectExternalId: string; readonly members: readonly ExpectedMember[] },
    ctx: CallContext,
  ): Promise<readonly MemberDifference[]>;
  /** Makes one more credential. Not to be found again when the answer is lost: such strays go with keepCredential. */
  createCredential(member: CloudMember, ctx: CallContext): Promise<CloudCredential>;
  /** Removes all the user's credentials on the project but `access`; returns how many. ST616, removing none, if `access` is not there. */
  keepCredential(member: CloudMember & { readonly access: string }, ctx: CallContext): Promise<number>;
}

export interface NameHolder {
  /** Our id; null: somebody who is not ours. */
  readonly key: string | null;
  readonly name: string;
}

export interface Cloud {
  /** As in app_public.projects.provider. */
  readonly name: string;
  readonly regions: readonly string[];
  /** Where projects are that name no region. */
  readonly defaultRegion: string;
  /** ST617 if there is no such region. */
  in(region: string): CloudRegion;
}
