// test-timeout: 300
// Two transactions that change what decides about the same memberships, runs or users, under each isolation level and in every
// order: both are done in the end and agree, or one is undone with an error that says to try again.
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { begin, succeed, violations } from "../helpers/lifecycle.ts";

type Reason = "tenant" | "admin" | "owner" | "participant";
type Change = (client: pg.ClientBase, world: World) => Promise<unknown>;

/** What both are about: a user who is in a tenant, an administrator, and a participant of a project of that tenant. */
interface World {
  readonly user: string;
  readonly other: string;
  readonly tenant: string;
  readonly otherTenant: string;
  readonly project: string;
}

const LEVELS = ["read committed", "repeatable read", "serializable"] as const;
const CONFLICTS = ["40001", "40P01"];
/** What the other has done makes it impossible: no such member, no such project, no such user, there already. */
const REFUSALS = ["ST308", "ST309", "ST312", "23503", "23505"];

const run =
  (text: string, ...keys: (keyof World)[]): Change =>
  (client, world) =>
    client.query(
      text,
      keys.map((key) => world[key]),
    );

const CHANGES = {
  leaveTenant: run("delete from app_public.tenant_members where tenant_id = $1 and user_id = $2", "tenant", "user"),
  otherJoinsTenant: run("insert into app_public.tenant_members values ($1, $2)", "tenant", "other"),
  ceaseAdmin: run("update app_public.users set role = 'member' where id = $1", "user"),
  otherBecomesAdmin: run("update app_public.users set role = 'admin' where id = $1", "other"),
  loseOwnMembership: run("select app_public.remove_project_member($1, $2)", "project", "user"),
  loseOwnMembershipPlainly: run(
    "delete from app_public.project_members where project_id = $1 and user_id = $2",
    "project",
    "user",
  ),
  addOther: run("select app_public.add_project_members($1, array[$2::uuid], 'member')", "project", "other"),
  addOtherPlainly: run(
    "insert into app_public.project_members (project_id, user_id) values ($1, $2)",
    "project",
    "other",
  ),
  changeRolePlainly: run(
    "update app_public.project_members set role = 'viewer' where project_id = $1 and user_id = $2",
    "project",
    "user",
  ),
  changeOwner: run("update app_public.projects set created_by = $2 where id = $1", "project", "other"),
  loseOwner: run("update app_public.projects set created_by = null where id = $1", "project"),
  makeProject: run("insert into app_public.projects (name, tenant_id) values (gen_random_uuid(), $1)", "tenant"),
  moveProject: run("update app_public.projects set tenant_id = $2 where id = $1", "project", "otherTenant"),
  leaveOtherTenant: run(
    "delete from app_public.tenant_members where tenant_id = $1 and user_id = $2",
    "otherTenant",
    "other",
  ),
  suspend: run("select app_public.suspend_project($1)", "project"),
  resume: run("select app_public.resume_project($1)", "project"),
  deleteProject: run("delete from app_public.projects where id = $1", "project"),
  deleteUser: run("delete from app_public.users where id = $1", "user"),
  deleteOther: run("delete from app_public.users where id = $1", "other"),
  signUpAgain: run("select app_private.start_signups(array[$1::uuid])", "user"),
  endRuns: (client, world) => endRuns(client, world.project),
  cancelRun: run(
    "select steward.cancel_run(r.id) from steward.runs r where r.subject_id = $1 and r.finished_at is null",
    "project",
  ),
} as const satisfies Record<string, Change>;

type Name = keyof typeof CHANGES;

const PAIRS: readonly (readonly [Name, Name])[] = [
  ["makeProject", "leaveTenant"],
  ["makeProject", "otherJoinsTenant"],
  ["makeProject", "ceaseAdmin"],
  ["makeProject", "otherBecomesAdmin"],
  ["makeProject", "deleteUser"],
  ["leaveTenant", "loseOwnMembership"],
  ["leaveTenant", "loseOwnMembershipPlainly"],
  ["leaveTenant", "changeRolePlainly"],
  ["leaveTenant", "ceaseAdmin"],
  ["ceaseAdmin", "loseOwnMembership"],
  ["ceaseAdmin", "loseOwnMembershipPlainly"],
  ["loseOwner", "loseOwnMembership"],
  ["loseOwner", "leaveTenant"],
  ["otherJoinsTenant", "addOther"],
  ["otherJoinsTenant", "addOtherPlainly"],
  ["otherBecomesAdmin", "addOther"],
  ["otherBecomesAdmin", "otherJoinsTenant"],
  ["changeOwner", "addOther"],
  ["moveProject", "leaveTenant"],
  ["moveProject", "leaveOtherTenant"],
  ["moveProject", "otherJoinsTenant"],
  ["suspend", "addOther"],
  ["suspend", "loseOwnMembershipPlainly"],
  ["resume", "addOther"],
  ["deleteProject", "addOther"],
  ["deleteProject", "leaveTenant"],
  ["deleteProject", "loseOwnMembershipPlainly"],
  ["cancelRun", "addOther"],
  ["cancelRun", "loseOwnMembershipPlainly"],
  ["endRuns", "addOther"],
  ["endRuns", "loseOwnMembershipPlainly"],
  ["addOther", "leaveTenant"],
  ["deleteUser", "addOther"],
  ["deleteOther", "addOther"],
  ["deleteOther", "otherJoinsTenant"],
  ["deleteUser", "signUpAgain"],
];

/** The reason to be in the project that a change takes away, or rests on. */
const REASONS: Partial<Record<Name, Reason>> = {
  leaveTenant: "tenant",
  ceaseAdmin: "admin",
  loseOwner: "owner",
  loseOwnMembership: "participant",
  loseOwnMembershipPlainly: "participant",
  changeRolePlainly: "participant",
};

const test = suite("isolation");
let database: TestDatabase;
let db: pg.Pool;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  await db.query("insert into app_public.users (username) values ('bystander')");
});
test.after(() => database.close());

for (const level of LEVELS)
  test(`memberships, runs and users are right whoever comes first: ${level}`, async () => {
    const wrong: string[] = [];
    for (const [one, two] of PAIRS)
      for (const [first, second] of [
        [one, two],
        [two, one],
      ] as const)
        for (const overlap of [false, true]) {
          const problem = await together(level, first, second, overlap);
          if (problem !== undefined)
            wrong.push(`${first} while ${second}${overlap ? " is open" : " commits"}: ${problem}`);
        }
    assert.equal(wrong, []);
  });

for (const level of LEVELS)
  test(`logins of one subject make one user: ${level}`, async () => {
    const subject = randomUUID();
    const logIn = (client: pg.ClientBase) =>
      client.query("select app_public.log_in($1, 'ada', null, null, now())", [subject]);
    await Promise.all(Array.from({ length: 4 }, () => attempt(level, logIn)));
    const { rows } = await db.query("select from app_public.users where external_subject = $1", [subject]);
    assert.is(rows.length, 1);
  });

for (const level of ["repeatable read", "serializable"] as const)
  test(`others who were the first to change members of some project conflict with nobody elsewhere: ${level}`, async () => {
    // The first has a gate of its own, the others share one.
    const projects = await ids(
      `with made as (
         insert into app_public.projects (id, name)
         select id, id from (select gen_random_uuid() as id from generate_series(1, 1000)) p
         where app_private.suspension_gates(array[id]) <@ '{suspension 1,suspension 2}'
         returning id
       )
       select id, row_number() over (partition by app_private.suspension_gates(array[id])) as n
       from made order by app_private.suspension_gates(array[id]), n`,
    );
    const [first, second, third] = [projects[0], projects.at(-1), projects.at(-2)];
    const [one, two, three] = await ids(
      "insert into app_public.users (username) select gen_random_uuid() from generate_series(1, 3) returning id",
    );
    const add = (client: Pick<pg.ClientBase, "query">, project?: string, user?: string) =>
      client.query("insert into app_public.project_members (project_id, user_id) values ($1, $2)", [project, user]);
    await db.query("truncate app_private.gates");
    await add(db, first, one);
    const clients: (pg.PoolClient & { processID?: number })[] = [];
    try {
      // Each begins its search at another slot of a gate.
      do clients.push(await db.connect());
      while (clients.length < 2 || (clients.at(-1)?.processID ?? 0) % 16 === (clients[0]?.processID ?? 0) % 16);
      const [older, newer] = [clients[0], clients.at(-1)];
      if (older === undefined || newer === undefined) throw new Error("no connections");
      await older.query(`begin isolation level ${level}`);
      await older.query("select from app_public.users limit 1");
      await newer.query("begin");
      await add(newer, second, two);
      await newer.query("commit");
      await add(older, third, three);
      await older.query("commit");
    } finally {
      for (const client of clients) client.release(true);
    }
  });

test("nothing of all this broke a promise", async () => {
  assert.equal(await violations(db), []);
});

test.run();

/** Does both, the first with a snapshot from before the second's commit; returns what is wrong afterwards. */
async function together(level: string, first: Name, second: Name, overlap: boolean): Promise<string | undefined> {
  const isBusy = [first, second].some((name) => name === "cancelRun" || name === "deleteProject");
  const reasons = [first, second].flatMap((name) => REASONS[name] ?? []);
  // Two that go at the same moment are all there are; otherwise there are enough to stay.
  const world = await createWorld(
    new Set(reasons.length === 2 || isBusy ? reasons : ["tenant", "admin", "participant"]),
    first === "resume" || second === "resume",
    isBusy,
  );
  const a = await db.connect();
  const b = await db.connect();
  let failure: unknown;
  let isSecondDone = false;
  try {
    for (const client of [a, b]) {
      await client.query(`begin isolation level ${level}; set local lock_timeout = '5s'`);
      await client.query("select count(*) from app_public.users, app_public.tenant_members");
    }
    await CHANGES[second](b, world);
    isSecondDone = true;
    if (!overlap) await b.query("commit");
    const pending = CHANGES[first](a, world).then(() => a.query("commit"));
    pending.catch(() => undefined);
    if (overlap) {
      await untilWaitingOrDone(a, pending);
      await b.query("commit");
    }
    await pending;
  } catch (error) {
    failure = error;
  } finally {
    await a.query("rollback");
    await b.query("rollback");
    a.release();
    b.release();
  }
  if (failure !== undefined) {
    const code = codeOf(failure);
    if (!isSecondDone || (!CONFLICTS.includes(code) && !REFUSALS.includes(code)))
      return `${code} ${failure instanceof Error ? failure.message : ""}`;
    await attempt(level, (client) => CHANGES[first](client, world));
  }
  return check(world);
}

/** In a transaction of its own, again and again while it is undone for a conflict. */
async function attempt(level: string, change: (client: pg.ClientBase) => Promise<unknown>): Promise<void> {
  for (;;) {
    const client = await db.connect();
    try {
      await client.query(`begin isolation level ${level}`);
      await change(client);
      await client.query("commit");
      return;
    } catch (error) {
      await client.query("rollback");
      if (REFUSALS.includes(codeOf(error))) return;
      if (!CONFLICTS.includes(codeOf(error))) throw error;
    } finally {
      client.release();
    }
  }
}

async function createWorld(reasons: ReadonlySet<Reason>, isSuspended: boolean, isBusy: boolean): Promise<World> {
  const [user = "", other = ""] = await ids(
    "insert into app_public.users (username) values (gen_random_uuid()), (gen_random_uuid()) returning id",
  );
  const [tenant = "", otherTenant = ""] = await ids(
    "insert into app_public.tenants (name) values (gen_random_uuid()), (gen_random_uuid()) returning id",
  );
  await db.query("insert into app_public.tenant_members values ($1, $2)", [otherTenant, other]);
  if (reasons.has("tenant")) await db.query("insert into app_public.tenant_members values ($1, $2)", [tenant, user]);
  if (reasons.has("admin")) await db.query("update app_public.users set role = 'admin' where id = $1", [user]);
  const [project = ""] = await ids(
    "insert into app_public.projects (name, tenant_id, created_by) values (gen_random_uuid(), $1, $2) returning id",
    [tenant, reasons.has("owner") ? user : null],
  );
  await db.query("update app_public.projects set external_id = id where id = $1", [project]);
  if (reasons.has("participant"))
    await db.query("insert into app_public.project_members (project_id, user_id) values ($1, $2)", [project, user]);
  await endRuns(db, project);
  if (isSuspended) await db.query("select app_public.suspend_project($1)", [project]);
  // A run that is open already, which both can see.
  if (isBusy)
    await db.query(
      `insert into app_public.project_members (project_id, user_id)
       select $1, id from app_public.users where id <> all ($2) limit 1`,
      [project, [user, other]],
    );
  return { user, other, tenant, otherTenant, project };
}

async function ids(text: string, values: unknown[] = []): Promise<string[]> {
  return (await db.query<{ id: string }>(text, values)).rows.map(({ id }) => id);
}

/** Ends all that is to be done for a project, as workers would. */
async function endRuns(client: Pick<pg.ClientBase, "query">, project: string): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ id: string }>(
      `select s.id from steward.steps s join steward.runs r on r.id = s.run_id
       where r.scope_id = $1 and r.status in ('pending', 'running') and s.status = 'queued' order by s.id limit 1`,
      [project],
    );
    const begun = rows[0] === undefined ? undefined : await begin(client, rows[0].id, 1);
    if (begun === undefined) return;
    await succeed(client, begun);
  }
}

async function untilWaitingOrDone(client: pg.PoolClient, pending: Promise<unknown>): Promise<void> {
  const { processID } = client as pg.PoolClient & { processID: number };
  let isDone = false;
  void pending
    .catch(() => undefined)
    .then(() => {
      isDone = true;
    });
  for (;;) {
    const { rows } = await db.query("select from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'", [
      processID,
    ]);
    if (isDone || rows.length > 0) return;
  }
}

/** The membership that follows from tenants, administrators, owners and participants, against the one that is there. */
const MEMBERSHIP = `
with reasons as (
  select p.id as project_id, p.created_by as user_id, 'owner'::app_public.project_role as role from app_public.projects p
  union all select p.id, u.id, 'admin' from app_public.projects p cross join app_public.users u where u.role = 'admin'
  union all select p.id, t.user_id, 'viewer' from app_public.projects p join app_public.tenant_members t using (tenant_id)
  union all select project_id, user_id, participant_role from app_public.project_members where participant_role is not null
),
desired as (
  select project_id, user_id, min(role) as role from reasons where user_id is not null group by 1, 2
)
select format('%s is %s, but ought to be %s', user_id = $2, m.role, d.role) as problem
from desired d full join app_public.project_members m using (project_id, user_id)
where d.role is distinct from m.role and user_id = any ($1)`;

/** Steps that nobody will ever begin, suspended projects that go on, and open runs of users and projects that are gone. */
const RUNS = `
select format('%s %s %s of %s: %s', r.kind, r.status, s.name, r.scope_id is not null, s.status) as problem
from steward.runs r join steward.steps s on s.run_id = r.id
left join app_public.projects p on p.id = r.scope_id::uuid
where (r.scope_id = $1 or r.subject_id = any ($2))
  and (
    s.status in ('waiting', 'queued', 'retrying', 'running') and r.status in ('succeeded', 'failed', 'cancelled')
    or p.status = 'suspended' and r.status in ('pending', 'running') and r.kind in ('project_update', 'project_provisioning')
    or p.status <> 'suspended' and r.status = 'suspended'
  )`;

async function check(world: World): Promise<string | undefined> {
  const people = [world.user, world.other];
  const { rows } = await db.query<{ problem: string }>(MEMBERSHIP, [people, world.user]);
  const { rows: runs } = await db.query<{ problem: string }>(RUNS, [world.project, people]);
  // Administrators would be in all projects of the worlds to come.
  await db.query("delete from app_public.projects where tenant_id = any ($1)", [[world.tenant, world.otherTenant]]);
  await db.query("delete from app_public.users where id = any ($1)", [people]);
  return [...rows, ...runs].map(({ problem }) => problem).join("; ") || undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
