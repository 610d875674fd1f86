// How the tests of providers call an adapter, and what they say of its errors.
import { randomUUID } from "node:crypto";
import { StewardError } from "steward/errors";
import { type DriveAccount, externalIdFor } from "../../../server/providers/drive.ts";
import type { CallContext } from "../../../server/providers/http.ts";

/** A context that allows everything. */
export function context(changes: Partial<CallContext> = {}): CallContext {
  return { signal: new AbortController().signal, guard: () => {}, ...changes };
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

/** An account that nobody has yet. */
export function newAccount(changes: Partial<DriveAccount> = {}): DriveAccount {
  return {
    externalId: externalIdFor(randomUUID()),
    password: `Pw-${randomUUID()}`,
    displayName: "Ada Lovelace",
    email: "ada@example.test",
    passwordIsNew: false,
    onPasswordSet: async () => {},
    ...changes,
  };
}
