// Users of the embedded cloud: found by name, made, changed, removed with their grants and credentials.
import { type Answer, badRequest, conflict, list, NO_CONTENT, notFound } from "./answers.ts";
import type { Call } from "./call.ts";
import { extraOf, isWanted } from "./projects.ts";
import { DOMAIN, newId, type Store, type User } from "./store.ts";
import { hashPassword, type Tokens } from "./tokens.ts";
import { readFields } from "./validate.ts";

const OWN = new Set([
  "id",
  "name",
  "domain_id",
  "enabled",
  "password",
  "default_project_id",
  "options",
  "links",
  "extra",
  "password_expires_at",
]);

/** GET /users; what it does not know as a filter it ignores, as Keystone does. */
export function listUsers(store: Store, { query, url }: Call): Answer {
  const named = query.get("name");
  const found = named === null ? [...store.users.all()] : [store.users.named(named)].flatMap((row) => row ?? []);
  return list(
    "users",
    found.filter((row) => isWanted(row, query)).map((row) => show(row, url)),
    url,
  );
}

/** POST /users. `isRefused` tells names that are not accepted here. */
export async function createUser(
  store: Store,
  { body, url }: Call,
  isRefused: (name: string) => boolean,
): Promise<Answer> {
  const fields = readFields("user", body, false);
  const domain = fields["domain_id"];
  if (typeof domain === "string" && domain !== DOMAIN.id) throw notFound("domain", domain);
  const id = newId();
  const blank = {
    id,
    name: "",
    domain_id: DOMAIN.id,
    enabled: true,
    password: null,
    extra: {},
    grants: {},
    credentials: [],
  };
  const user = await change(blank, fields);
  checkName(store, user, isRefused, ` at domain ID ${DOMAIN.id}`);
  store.users.put(user);
  return { status: 201, body: { user: show(user, `${url}/${id}`) } };
}

/** GET /users/{id}. */
export function getUser(store: Store, { url }: Call, id: string): Answer {
  return { status: 200, body: { user: show(findUser(store, id), url) } };
}

/** PATCH /users/{id}. A new password, or disabling, ends the user's tokens. */
export async function updateUser(
  store: Store,
  { body, url }: Call,
  id: string,
  tokens: Tokens,
  isRefused: (name: string) => boolean,
): Promise<Answer> {
  findUser(store, id);
  const fields = readFields("user", body, true);
  const hashed = await passwordOf(fields);
  const before = findUser(store, id);
  const user = merge(before, fields, hashed);
  if (user.name !== before.name) checkName(store, user, isRefused, "");
  if (hashed !== undefined || !user.enabled) tokens.forget(id);
  store.users.put(user);
  return { status: 200, body: { user: { ...show(user, url), extra: user.extra } } };
}

/** DELETE /users/{id}, with grants and credentials. */
export function deleteUser(store: Store, id: string): Answer {
  findUser(store, id);
  store.users.delete(id);
  return NO_CONTENT;
}

/** The user, or Keystone's 404. */
export function findUser(store: Store, id: string): User {
  const user = store.users.get(id);
  if (user === undefined) throw notFound("user", id);
  return user;
}

async function change(user: User, fields: Readonly<Record<string, unknown>>): Promise<User> {
  return merge(user, fields, await passwordOf(fields));
}

async function passwordOf({ password }: Readonly<Record<string, unknown>>): Promise<string | undefined> {
  return typeof password === "string" ? hashPassword(password) : undefined;
}

function merge(user: User, fields: Readonly<Record<string, unknown>>, password: string | undefined): User {
  const { name, enabled } = fields;
  return {
    ...user,
    name: typeof name === "string" ? name.trim() : user.name,
    enabled: typeof enabled === "boolean" ? enabled : user.enabled,
    password: password ?? user.password,
    extra: { ...user.extra, ...extraOf(fields, OWN) },
  };
}

function checkName(store: Store, { id, name }: User, isRefused: (name: string) => boolean, where: string): void {
  if (isRefused(name)) throw badRequest(`Invalid input for field 'name': '${name}' does not match '[\\\\S]+'`);
  if ((store.users.named(name)?.id ?? id) === id) return;
  throw conflict(`Conflict occurred attempting to store user - Duplicate entry found with name ${name}${where}.`);
}

function show({ id, name, domain_id, enabled, extra }: User, self: string) {
  return { ...extra, id, name, domain_id, enabled, password_expires_at: null, options: {}, links: { self } };
}
