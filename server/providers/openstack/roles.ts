// Which Keystone role stands for which of ours. Roles are asked for once and kept: every member needs them.
import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { ProjectRole } from "../cloud.ts";
import type { CallContext } from "../http.ts";
import { SHARED, unlessAborted } from "../shared.ts";
import { fault, read } from "./answers.ts";
import type { RoleNames } from "./config.ts";
import type { Keystone } from "./keystone.ts";

export interface Roles {
  /** The id of the role to give. ST615 if the provider has none of its names. */
  idFor(role: ProjectRole, ctx: CallContext): Promise<string>;
  /** The name of that role. */
  nameFor(role: ProjectRole, ctx: CallContext): Promise<string>;
  /** The names of all roles that are ours to give and take, by their ids. */
  managedNames(ctx: CallContext): Promise<ReadonlyMap<string, string>>;
  /** The ids of all roles that are ours to give and take. */
  managed(ctx: CallContext): Promise<ReadonlySet<string>>;
  /** Asks again next time: a role was not there any more. */
  forget(): void;
}

const Many = z.object({ roles: z.array(z.object({ id: z.string(), name: z.string() })) });
const KEPT_MS = 10 * 60_000;

/** The roles of one region. */
export function createRoles(keystone: Keystone, names: RoleNames): Roles {
  let asked: { at: number; ids: Promise<ReadonlyMap<string, string>> } | undefined;

  async function fetchIds(): Promise<ReadonlyMap<string, string>> {
    const reply = await keystone.call("GET", "/roles", SHARED);
    if (!reply.ok) throw fault("ST605", reply.cause);
    return new Map(read(Many, reply.answer).roles.map(({ id, name }) => [name, id]));
  }

  /** All who ask at once share one request. */
  function ids(): Promise<ReadonlyMap<string, string>> {
    if (asked !== undefined && asked.at + KEPT_MS > performance.now()) return asked.ids;
    const mine = { at: performance.now(), ids: fetchIds() };
    asked = mine;
    mine.ids.catch(() => {
      if (asked === mine) asked = undefined;
    });
    return mine.ids;
  }

  async function choose(role: ProjectRole, ctx: CallContext): Promise<{ id: string; name: string }> {
    const known = await unlessAborted(ids(), ctx.signal);
    for (const name of names[role]) {
      const id = known.get(name);
      if (id !== undefined) return { id, name };
    }
    asked = undefined;
    throw new AppError("ST615", { sentence: `The cloud provider has no role ${names[role].join(" or ")}.` });
  }

  async function managedNames(ctx: CallContext): Promise<Map<string, string>> {
    const known = await unlessAborted(ids(), ctx.signal);
    const wanted = new Set(Object.values(names).flat());
    return new Map([...known].filter(([name]) => wanted.has(name)).map(([name, id]) => [id, name]));
  }

  return {
    idFor: async (role, ctx) => (await choose(role, ctx)).id,
    nameFor: async (role, ctx) => (await choose(role, ctx)).name,
    managedNames,
    managed: async (ctx) => new Set((await managedNames(ctx)).keys()),
    forget: () => {
      asked = undefined;
    },
  };
}
