// The embedded cloud's own addresses under /_admin: trouble on demand and a look at its state, for tests, the demo and chaos runs.
// Not part of any cloud's protocol. Every request needs the administrator's password in `x-admin-password`.
import { z } from "zod";
import type { Answer } from "./answers.ts";
import { Fault, type Faults, Latency } from "./faults.ts";
import type { Store } from "./store.ts";
import type { Tokens } from "./tokens.ts";

/** All there is, without secrets. */
export interface CloudState {
  readonly projects: readonly { id: string; name: string; description: string; enabled: boolean; stewardId: unknown }[];
  readonly users: readonly {
    id: string;
    name: string;
    stewardId: unknown;
    /** Names of roles by project id. */
    roles: Readonly<Record<string, readonly string[]>>;
    credentials: readonly { access: string; projectId: string }[];
  }[];
}

/** What the cloud holds now. */
export function stateOf(store: Store): CloudState {
  const roleNames = (ids: readonly string[]) => ids.flatMap((id) => store.roles.get(id)?.name ?? []);
  return {
    projects: [...store.projects.all()].map(({ id, name, description, enabled, extra }) => ({
      id,
      name,
      description,
      enabled,
      stewardId: extra["steward_id"] ?? null,
    })),
    users: [...store.users.all()].map(({ id, name, extra, grants, credentials }) => ({
      id,
      name,
      stewardId: extra["steward_id"] ?? null,
      roles: Object.fromEntries(Object.entries(grants).map(([project, ids]) => [project, roleNames(ids)])),
      credentials: credentials.map(({ access, tenant_id }) => ({ access, projectId: tenant_id })),
    })),
  };
}

/** Counts of requests by method and address with ids blanked, such as `GET /users`. */
export type Counts = Map<string, number>;

interface AdminParts {
  readonly store: Store;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly counts: Counts;
}

type Action = (body: unknown) => unknown;

/**
 * GET /_admin/state, GET|DELETE /_admin/counts, POST|DELETE /_admin/faults, PUT /_admin/latency, PUT /_admin/refused-names,
 * DELETE /_admin/tokens. Bodies are JSON in the shapes of faults.ts.
 */
export function createAdmin({
  store,
  tokens,
  faults,
  counts,
}: AdminParts): (method: string, path: string, body: unknown) => Answer {
  const actions: Readonly<Record<string, Action>> = {
    "GET /_admin/state": () => stateOf(store),
    "GET /_admin/counts": () => Object.fromEntries(counts),
    "DELETE /_admin/counts": () => counts.clear(),
    "POST /_admin/faults": (body) => faults.add(Fault.parse(body)),
    "DELETE /_admin/faults": () => faults.clear(),
    "PUT /_admin/latency": (body) => faults.setLatency(Latency.parse(body)),
    "PUT /_admin/refused-names": (body) => faults.refuseNames(z.array(z.string()).parse(body)),
    "DELETE /_admin/tokens": () => tokens.forget(),
  };
  return (method, path, body) => {
    const action = actions[`${method} ${path}`];
    if (action === undefined) return { status: 404, body: { error: "no such address" } };
    try {
      return { status: 200, body: action(body) ?? {} };
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      return { status: 400, body: { error: z.prettifyError(error) } };
    }
  };
}
