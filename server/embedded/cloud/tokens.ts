// Signing in and tokens. They live in memory: after a restart every token is unknown, as after a change of Keystone's keys.
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import {
  type Answer,
  badRequest,
  forbidden,
  malformed,
  NO_CONTENT,
  notFound,
  tokenOfDisabledProject,
  unauthorized,
} from "./answers.ts";
import { DOMAIN, type Project, type Store, type User } from "./store.ts";
import { isFields } from "./validate.ts";

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

interface Token {
  readonly userId: string;
  readonly projectId: string;
  readonly expiresAt: number;
}

export interface Tokens {
  /** POST /auth/tokens. */
  signIn(body: unknown): Promise<Answer>;
  /** DELETE /auth/tokens with the token in X-Subject-Token. */
  revoke(token: string | undefined): Answer;
  /** Throws the refusal for a token that is unknown, expired, of a disabled user or project, or not an admin's. */
  authorize(token: string | undefined, action: string): void;
  /** Ends the tokens of one user (a changed password, a deleted account), or all. */
  forget(userId?: string): void;
}

/** `lifetimeMs`: how long a token lives. */
export function createTokens(store: Store, lifetimeMs: number, region: string, url: () => string): Tokens {
  const tokens = new Map<string, Token>();

  function issue(user: User, project: Project): Answer {
    const value = randomBytes(48).toString("base64url");
    const now = Date.now();
    const expiresAt = now + lifetimeMs;
    tokens.set(value, { userId: user.id, projectId: project.id, expiresAt });
    for (const [old, token] of tokens) if (token.expiresAt < now) tokens.delete(old);
    const endpoint = { id: "keystone-public", interface: "public", region_id: region, region, url: `${url()}/` };
    const token = {
      methods: ["password"],
      user: { id: user.id, name: user.name, domain: DOMAIN, password_expires_at: null },
      audit_ids: [randomBytes(16).toString("base64url")],
      issued_at: keystoneTime(now),
      expires_at: keystoneTime(expiresAt),
      project: { id: project.id, name: project.name, domain: DOMAIN },
      is_domain: false,
      roles: rolesOn(store, user, project.id),
      catalog: [{ id: "keystone", type: "identity", name: "keystone", endpoints: [endpoint] }],
    };
    return { status: 201, body: { token }, headers: { "x-subject-token": value } };
  }

  return {
    async signIn(body) {
      const { name, password, projectName, userDomain, projectDomain } = readLogin(body);
      const user = isDomain(userDomain) ? store.users.named(name) : undefined;
      const project = isDomain(projectDomain) ? store.projects.named(projectName) : undefined;
      if (!user?.enabled || !(await fits(password, user.password))) throw unauthorized();
      if (!project?.enabled || rolesOn(store, user, project.id).length === 0) throw unauthorized();
      return issue(user, project);
    },
    revoke(token) {
      if (token === undefined || !tokens.delete(token)) throw notFound("token", token ?? "None");
      return NO_CONTENT;
    },
    authorize(value, action) {
      const token = tokens.get(value ?? "");
      if (token === undefined || token.expiresAt < Date.now()) throw unauthorized();
      const project = store.projects.get(token.projectId);
      if (project === undefined) throw notFound("project", token.projectId);
      if (!project.enabled) throw tokenOfDisabledProject(project.id);
      const user = store.users.get(token.userId);
      if (user === undefined) throw notFound("user", token.userId);
      const roles = rolesOn(store, user, project.id);
      if (!user.enabled || roles.length === 0) throw unauthorized();
      // As in the real one: an admin of any project is an admin of everything.
      if (!roles.some((role) => role.name === "admin")) throw forbidden(action);
    },
    forget(userId) {
      for (const [value, token] of tokens) if (userId === undefined || token.userId === userId) tokens.delete(value);
    },
  };
}

/** Salt and hash of a password, to be stored. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, 32);
  return `${salt.toString("base64")}.${hash.toString("base64")}`;
}

async function fits(password: string, stored: string | null): Promise<boolean> {
  const [salt, hash] = (stored ?? "").split(".");
  if (salt === undefined || hash === undefined) return false;
  return timingSafeEqual(await derive(password, Buffer.from(salt, "base64"), 32), Buffer.from(hash, "base64"));
}

function rolesOn(store: Store, user: User, projectId: string): { id: string; name: string }[] {
  return (user.grants[projectId] ?? []).flatMap((id) => store.roles.get(id) ?? []);
}

function isDomain(domain: unknown): boolean {
  return isFields(domain) && (domain["name"] === DOMAIN.name || domain["id"] === DOMAIN.id);
}

function keystoneTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, ".000000Z");
}

/** Only sign-in by password, scoped to a project: all that an adapter needs. */
function readLogin(body: unknown) {
  const auth = at(body, "auth");
  const identity = at(auth, "identity");
  if (identity === undefined)
    throw badRequest("'identity' is a required property\n\nFailed validating 'required' in schema");
  const user = at(at(identity, "password"), "user");
  if (user === undefined) throw malformed("user in None");
  const [name, password] = [at(user, "name"), at(user, "password")];
  const project = at(at(auth, "scope"), "project");
  const projectName = at(project, "name");
  if (typeof name !== "string" || typeof password !== "string" || typeof projectName !== "string") throw unauthorized();
  return { name, password, projectName, userDomain: at(user, "domain"), projectDomain: at(project, "domain") };
}

function at(value: unknown, key: string): unknown {
  return isFields(value) ? value[key] : undefined;
}
