// What the embedded cloud knows: projects, users with their grants and credentials, roles. Kept in memory, written to the journal.
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { type Entry, openJournal } from "./journal.ts";

const Attributes = z.record(z.string(), z.unknown());

const Project = z.object({
  id: z.string(),
  name: z.string(),
  domain_id: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  tags: z.array(z.string()),
  /** Attributes that Keystone does not know are kept and shown like its own. */
  extra: Attributes,
});
export type Project = z.infer<typeof Project>;

const Credential = z.object({ access: z.string(), secret: z.string(), tenant_id: z.string() });
export type Credential = z.infer<typeof Credential>;

const User = z.object({
  id: z.string(),
  name: z.string(),
  domain_id: z.string(),
  enabled: z.boolean(),
  /** Salt and hash; null: cannot sign in with a password. */
  password: z.string().nullable(),
  extra: Attributes,
  /** Role ids by project id. */
  grants: z.record(z.string(), z.array(z.string())),
  credentials: z.array(Credential),
});
export type User = z.infer<typeof User>;

const Role = z.object({ id: z.string(), name: z.string() });
export type Role = z.infer<typeof Role>;

const Setting = z.object({ id: z.string(), value: z.string() });

/** Rows with an id; where they have a name, it is unique within their domain. Writing a row writes the journal. */
export interface Table<T> {
  readonly size: number;
  get(id: string): T | undefined;
  named(name: string): T | undefined;
  all(): IterableIterator<T>;
  put(row: T): void;
  delete(id: string): void;
}

export interface Store {
  readonly projects: Table<Project>;
  readonly users: Table<User>;
  readonly roles: Table<Role>;
  setting(id: string, initial: () => string): string;
  close(): void;
}

/** The only domain there is. */
export const DOMAIN = { id: "default", name: "Default" } as const;

/** An id as Keystone makes them: 32 hex digits. */
export function newId(): string {
  return randomBytes(16).toString("hex");
}

/** Opens the state kept in `dir`, or begins anew there. `fold`: what two names that count as one have in common. */
export function openStore(dir: string, fold: (name: string) => string): Store {
  const write = (...entries: Entry[]) => journal.append(entries);
  const projects = createTable("projects", Project, write, fold);
  const users = createTable("users", User, write, fold);
  const roles = createTable("roles", Role, write);
  const settings = createTable("settings", Setting, write);
  const tables = [projects, users, roles, settings];
  const journal = openJournal(
    dir,
    ([name, id, value]) => tables.find((table) => table.name === name)?.replay(id, value),
    function* () {
      for (const table of tables) yield* table.entries();
    },
  );
  const setting = (id: string, initial: () => string) => {
    if (settings.get(id) === undefined) settings.put({ id, value: initial() });
    return settings.get(id)?.value ?? "";
  };
  return { projects, users, roles, setting, close: () => journal.close() };
}

interface JournaledTable<T> extends Table<T> {
  readonly name: string;
  replay(id: string, value: unknown): void;
  entries(): Iterable<Entry>;
}

function createTable<T extends { id: string; name?: string }>(
  name: string,
  schema: z.ZodType<T>,
  write: (entry: Entry) => void,
  fold = (name: string) => name,
): JournaledTable<T> {
  const rows = new Map<string, T>();
  const ids = new Map<string, string>();

  function remember(id: string, row: T | undefined): void {
    const before = rows.get(id)?.name;
    if (before !== undefined) ids.delete(fold(before));
    if (row === undefined) rows.delete(id);
    else rows.set(id, row);
    if (row?.name !== undefined) ids.set(fold(row.name), id);
  }

  return {
    name,
    get size() {
      return rows.size;
    },
    get: (id) => rows.get(id),
    named: (wanted) => rows.get(ids.get(fold(wanted)) ?? ""),
    all: () => rows.values(),
    put(row) {
      write([name, row.id, row]);
      remember(row.id, row);
    },
    delete(id) {
      write([name, id, null]);
      remember(id, undefined);
    },
    replay: (id, value) => remember(id, value === null ? undefined : schema.parse(value)),
    *entries() {
      for (const [id, row] of rows) yield [name, id, row];
    },
  };
}
