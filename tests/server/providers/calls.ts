// How the tests of providers call an adapter, and what they say of its errors.
import { randomBytes, randomUUID } from "node:crypto";
import { StewardError } from "steward/errors";
import * as assert from "uvu/assert";
import type { CloudProject, CloudUser } from "../../../server/providers/cloud.ts";
import { type DriveAccount, type DriveLogin, externalIdFor } from "../../../server/providers/drive.ts";
import type { CallContext } from "../../../server/providers/http.ts";

/** A context that allows everything, and counts the requests that change something. */
export function context(changes: Partial<CallContext> = {}): CallContext & { changes: number } {
  const guard = () => void ctx.changes++;
  const ctx = { signal: new AbortController().signal, guard, ...changes, changes: 0 };
  return ctx;
}

/** The StewardError that the promise ends with; fails the test on anything else. */
export async function errorOf(promise: Promise<unknown>): Promise<StewardError> {
  const error = await promise.then(
    (value) => new Error(`no error, but ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof StewardError) return error;
  throw error;
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await errorOf(promise)).code;
}

/** Passes if the promise ends with this code of the registry; returns the error. */
export async function fails(promise: Promise<unknown>, code: string): Promise<StewardError> {
  const error = await errorOf(promise);
  assert.is(error.code, code, error.message);
  return error;
}

/** An account that nobody has yet. */
export function newAccount(changes: Partial<DriveAccount & DriveLogin> = {}): DriveAccount & DriveLogin {
  const id = randomUUID();
  return {
    externalId: externalIdFor(id),
    password: `Pw-${randomUUID()}`,
    displayName: "Ada Lovelace",
    email: `ada-${id}@example.test`, // some providers take an address once
    passwordIsNew: false,
    passwordIsSent: false,
    mayBeLeftOver: false,
    isThere: false,
    onFound: async () => {},
    onPasswordSent: async () => {},
    onPasswordSet: async () => {},
    isUnused: false,
    ...changes,
  };
}

/** The mark of the database that all projects and users here belong to. */
const MARK = randomUUID();

/** A project that nobody has yet. */
export function aProject(changes: Partial<CloudProject> = {}): CloudProject {
  return {
    key: randomUUID(),
    mark: MARK,
    name: "Research & development",
    description: "",
    enabled: true,
    externalId: null,
    ...changes,
  };
}

/** A user that nobody has yet. */
export function aUser(changes: Partial<CloudUser> = {}): CloudUser {
  const name = `u-${randomBytes(5).toString("hex")}`;
  return { key: randomUUID(), mark: MARK, name, email: `${name}@example.test`, externalId: null, ...changes };
}
