// Access keys (OS-EC2) of the embedded cloud: an admin makes and removes them for a user on a project.
import { createHash } from "node:crypto";
import { type Answer, list, NO_CONTENT, notFound } from "./answers.ts";
import type { Call } from "./call.ts";
import { type Credential, newId, type Store } from "./store.ts";
import { findUser } from "./users.ts";
import { isFields } from "./validate.ts";

/** POST /users/{u}/credentials/OS-EC2. */
export function createCredential(store: Store, { body, url }: Call, userId: string): Answer {
  const user = findUser(store, userId);
  const asked = isFields(body) ? body["tenant_id"] : undefined;
  const tenant = typeof asked === "string" ? asked : "None";
  if (store.projects.get(tenant) === undefined) throw notFound("project", tenant);
  const credential = { access: newId(), secret: newId(), tenant_id: tenant };
  store.users.put({ ...user, credentials: [...user.credentials, credential] });
  return { status: 201, body: { credential: show(userId, credential, url) } };
}

/** GET of the same. The secrets are shown again, as Keystone does. */
export function listCredentials(store: Store, { url }: Call, userId: string): Answer {
  const { credentials } = findUser(store, userId);
  return list(
    "credentials",
    credentials.map((credential) => show(userId, credential, url)),
    url,
  );
}

/** GET …/OS-EC2/{access}. */
export function getCredential(store: Store, { url }: Call, userId: string, access: string): Answer {
  const credential = findUser(store, userId).credentials.find((one) => one.access === access);
  if (credential === undefined) throw notThere(access);
  return { status: 200, body: { credential: show(userId, credential, url) } };
}

/** DELETE …/OS-EC2/{access}. */
export function deleteCredential(store: Store, _call: Call, userId: string, access: string): Answer {
  const user = findUser(store, userId);
  const credentials = user.credentials.filter((one) => one.access !== access);
  if (credentials.length === user.credentials.length) throw notThere(access);
  store.users.put({ ...user, credentials });
  return NO_CONTENT;
}

/** Keystone names a hash of the access id, not the id. */
function notThere(access: string) {
  return notFound("credential", createHash("sha256").update(access).digest("hex"));
}

function show(userId: string, credential: Credential, self: string) {
  return { user_id: userId, ...credential, trust_id: null, links: { self: `${self}/${credential.access}` } };
}
