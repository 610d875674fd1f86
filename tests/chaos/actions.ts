// What the application does in a chaos run, each in a transaction, and how to tell afterwards whether it was done.
import type pg from "pg";
import { invent, type Memory, type Person, present } from "./application.ts";
import type { Client } from "./client.ts";
import type { Random } from "./random.ts";

export interface Actor {
  readonly name: string;
  readonly client: Client;
  readonly random: Random;
  readonly memory: Memory;
  /** People whom nobody else changes. */
  readonly own: Person[];
  readonly ownProjects: string[];
}

type Action = (actor: Actor) => Promise<unknown>;
type Db = Pick<pg.ClientBase, "query">;

const ADD_USERS = `
insert into app_public.users (id, username, email)
select u.id, u.name, u.id || '@example.com' from unnest($1::uuid[], $2::text[]) as u (id, name)`;
const ADD_LABELS = "insert into app_public.labels (user_id, label_key) select $1, $2 from generate_series(1, $3::int)";
const REMOVE_USER = "delete from app_public.users where id = $1";
const ADD_MEMBER = `
insert into app_public.project_members (project_id, user_id, role)
select $1, u.id, $3::app_public.project_role from app_public.users u where u.id = any ($2::uuid[])
on conflict do nothing`;

async function signUp({ client, memory, own }: Actor, people: readonly Person[]): Promise<void> {
  const ids = people.map((person) => person.id);
  const add = (db: Db) => db.query(ADD_USERS, [ids, people.map((person) => person.username)]);
  if (!(await client.attempt(add, (db) => exists(db, "app_public.users where id = $1", ids[0])))) return;
  for (const person of people) {
    person.isThere = true;
    person.signups++;
    if (!memory.people.has(person.id)) own.push(person);
    memory.people.set(person.id, person);
  }
}

async function label({ client, random }: Actor, person: Person, count: number): Promise<void> {
  const key = random.uuid();
  const add = (db: Db) => db.query(ADD_LABELS, [person.id, key, count]);
  if (
    await client.attempt(add, (db) =>
      exists(db, "app_public.labels where user_id = $1 and label_key = $2", person.id, key),
    )
  )
    person.labels.set(key, count);
}

async function remove({ client }: Actor, person: Person): Promise<void> {
  const isGone = async (db: Db) => !(await exists(db, "app_public.users where id = $1", person.id));
  if (await client.attempt((db) => db.query(REMOVE_USER, [person.id]), isGone)) noteRemoval(person);
}

function noteRemoval(person: Person): void {
  person.isThere = false;
  person.deletions++;
  person.labels = new Map();
}

/** Gone and there again, with the same id and labels of their new life, before anybody could look. */
async function replace({ client, random }: Actor, person: Person): Promise<void> {
  const key = random.uuid();
  const count = random.int(1, 40);
  const work = async (db: Db) => {
    await db.query(REMOVE_USER, [person.id]);
    await db.query(ADD_USERS, [[person.id], [person.username]]);
    await db.query(ADD_LABELS, [person.id, key, count]);
  };
  if (
    !(await client.attempt(work, (db) =>
      exists(db, "app_public.labels where user_id = $1 and label_key = $2", person.id, key),
    ))
  )
    return;
  person.signups++;
  person.deletions++;
  person.labels = new Map([[key, count]]);
}

async function createProject({ client, random, memory, ownProjects }: Actor): Promise<void> {
  if (ownProjects.length >= 5) return;
  const id = random.uuid();
  const tenant = random.chance(0.5) ? random.pick(memory.tenants) : undefined;
  const people = present(memory.people.values());
  const members = someOf(random, people, 6);
  const creator = random.pick(people)?.id ?? null;
  const work = async (db: Db) => {
    await db.query(
      "insert into app_public.projects (id, name, tenant_id, created_by, rotate_on_link) select $1, $5, $2, (select u.id from app_public.users u where u.id = $3), $4",
      [id, tenant ?? null, creator, random.chance(0.4), `project ${id}`],
    );
    await db.query(ADD_MEMBER, [id, members, "member"]);
  };
  if (!(await client.attempt(work, (db) => exists(db, "app_public.projects where id = $1", id)))) return;
  memory.projects.add(id);
  ownProjects.push(id);
}

async function removeProject({ client, random, memory, ownProjects }: Actor): Promise<void> {
  const id = random.pick(ownProjects);
  if (id === undefined) return;
  const isGone = async (db: Db) => !(await exists(db, "app_public.projects where id = $1", id));
  if (!(await client.attempt((db) => db.query("delete from app_public.projects where id = $1", [id]), isGone))) return;
  memory.projects.delete(id);
  ownProjects.splice(ownProjects.indexOf(id), 1);
}

/** What need not be known to have been done: the database itself says what ought to be. */
function freely(text: string, values: (actor: Actor) => unknown[] | undefined): Action {
  return async (actor) => {
    const chosen = values(actor);
    if (chosen !== undefined)
      await actor.client.attempt(
        (db) => db.query(text, chosen),
        async () => false,
      );
  };
}

function aProject({ random, memory }: Actor): string | undefined {
  return random.pick([...memory.projects]);
}

function aPerson({ random, memory }: Actor): string | undefined {
  return random.pick(present(memory.people.values()))?.id;
}

function pair(actor: Actor, first: string | undefined, second = aPerson(actor)): unknown[] | undefined {
  return first === undefined || second === undefined ? undefined : [first, second];
}

const OF_THE_LIVING = `
(exists (select from app_public.users u where u.id::text = r.subject_id) or exists (select from app_public.projects p where p.id::text = r.subject_id))`;

/** Takes away all users, and what hangs on them, while workers are busy with it. No actor may be at work: it is known whom this meets. */
export async function removeAll(actors: readonly Actor[]): Promise<void> {
  const [{ client, memory }] = actors as [Actor];
  const truncate = (db: Db) => db.query("truncate app_public.users cascade");
  const isDone = async (db: Db) => !(await exists(db, "app_public.users"));
  while (!(await client.attempt(truncate, isDone)));
  for (const person of present(memory.people.values())) noteRemoval(person);
  memory.projects.clear();
  for (const { ownProjects } of actors) ownProjects.length = 0;
}

/** Everything the application does. */
export const ACTIONS = {
  signUp: (actor) => signUp(actor, [invent(actor.memory, actor.random, actor.name)]),
  signUpMany: (actor) => {
    const people = Array.from({ length: actor.random.int(21, 40) }, (_, i) =>
      invent(actor.memory, actor.random, `${actor.name}.${i}`),
    );
    return signUp(
      actor,
      present(actor.own).length > 150
        ? people.slice(0, 1)
        : people.filter((one, i) => people.findIndex((other) => other.username === one.username) === i),
    );
  },
  signUpAgain: async (actor) => {
    const gone = actor.random.pick(actor.own.filter((one) => !one.isThere));
    const isFree = present(actor.memory.people.values()).every((one) => one.username !== gone?.username);
    if (gone !== undefined && isFree) await signUp(actor, [gone]);
  },
  label: async (actor) => {
    const person = actor.random.pick(present(actor.own));
    if (person !== undefined)
      await label(actor, person, actor.random.chance(0.1) ? actor.random.int(1_000, 4_000) : actor.random.int(1, 40));
  },
  remove: async (actor) => {
    const person = actor.random.pick(present(actor.own));
    if (person !== undefined) await remove(actor, person);
  },
  replace: async (actor) => {
    const person = actor.random.pick(present(actor.own));
    if (person !== undefined) await replace(actor, person);
  },
  createProject,
  removeProject,
  addMembers: freely(ADD_MEMBER, (actor) => {
    const project = aProject(actor);
    return project === undefined
      ? undefined
      : [
          project,
          someOf(actor.random, present(actor.memory.people.values()), 5),
          actor.random.pick(["member", "viewer", "admin"]),
        ];
  }),
  removeMember: freely("delete from app_public.project_members where project_id = $1 and user_id = $2", (actor) =>
    pair(actor, aProject(actor)),
  ),
  removeMembers: freely(
    "delete from app_public.project_members where project_id = $1 and participant_role is not null and hashtext(user_id::text) % 3 = $2",
    (actor) => pair(actor, aProject(actor), String(actor.random.int(0, 2))),
  ),
  changeRole: freely(
    "update app_public.users set role = case role when 'admin' then 'member' else 'admin' end::app_public.user_role where id = $1",
    (actor) => {
      const person = actor.random.pick(present(actor.own).slice(0, 2));
      return person === undefined ? undefined : [person.id];
    },
  ),
  joinTenant: freely(
    "insert into app_public.tenant_members select $1, u.id from app_public.users u where u.id = $2 on conflict do nothing",
    (actor) => pair(actor, actor.random.pick(actor.memory.tenants)),
  ),
  leaveTenant: freely(
    "delete from app_public.tenant_members where tenant_id = $1 and hashtext(user_id::text) % 4 = $2",
    (actor) => pair(actor, actor.random.pick(actor.memory.tenants), String(actor.random.int(0, 3))),
  ),
  suspend: freely("select app_public.suspend_project(p.id) from app_public.projects p where p.id = $1", (actor) => {
    const project = aProject(actor);
    return project === undefined ? undefined : [project];
  }),
  resume: freely(
    "select app_public.resume_project(p.id) from app_public.projects p where p.status = 'suspended' limit 2",
    () => [],
  ),
  truncateProjects: freely("truncate app_public.projects cascade", () => []),
  truncateMembers: freely("truncate app_public.project_members", () => []),
  truncateTenants: freely("truncate app_public.tenant_members", () => []),
  cancel: freely(
    `select steward_private.cancel_runs(array(
       select r.id from steward.runs r join steward.steps s on s.run_id = r.id and s.status = 'running'
       where r.kind in ('user_signup', 'project_provisioning', 'project_update') and r.status = 'running' limit 2))`,
    () => [],
  ),
  retry: freely(
    `select steward.retry_run(r.id) from chaos.runs r
     where r.status in ('failed', 'cancelled') and ${OF_THE_LIVING}
       and not exists (select from chaos.runs o where o.kind = r.kind and o.subject_id = r.subject_id and o.created_at > r.created_at)
     order by r.created_at limit 1`,
    () => [],
  ),
  // That so many were taken away was meant.
  approve: freely("select app_public.approve_removals()", () => []),
} as const satisfies Record<string, Action>;

export type ActionName = keyof typeof ACTIONS;

function someOf(random: Random, people: readonly Person[], most: number): string[] {
  const chosen = Array.from({ length: random.int(0, most) }, () => random.pick(people)?.id);
  return [...new Set(chosen.filter((id) => id !== undefined))];
}

async function exists(db: Db, where: string, ...values: unknown[]): Promise<boolean> {
  return (await db.query(`select from ${where} limit 1`, values)).rows.length > 0;
}
