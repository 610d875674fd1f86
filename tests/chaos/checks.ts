// What must be so after a chaos run: every promise row by row, and the providers' own state against ours.
import type pg from "pg";
import { externalIdFor } from "../../server/providers/drive.ts";
import { DEFAULT_ROLES } from "../../server/providers/openstack/config.ts";
import type { Memory, Person } from "./application.ts";
import type { Stage } from "./stage.ts";

export interface Check {
  readonly what: string;
  /** How many things were looked at. */
  readonly looked: number;
  /** What is wrong. */
  readonly problems: readonly string[];
}

interface Membership {
  readonly project: string;
  readonly user: string;
  readonly role: keyof typeof DEFAULT_ROLES;
  readonly access: string | null;
  readonly rotates: boolean;
}

/** Looks at everything. */
export async function checkAll(stage: Stage, memory: Memory): Promise<Check[]> {
  const { pool } = stage.postgres;
  const people = [...memory.people.values()];
  return [
    ...(await checkPromises(pool)),
    await checkPeople(pool, people),
    await checkRuns(pool, people),
    await checkOnboarding(pool),
    await checkLabels(pool, people),
    ...(await checkDrive(stage, people)),
    ...(await checkCloud(stage)),
  ];
}

async function checkPromises(pool: pg.Pool): Promise<Check[]> {
  return [
    await none(
      pool,
      "steward.all_violations is empty",
      "select to_jsonb(a)::text as problem from steward.all_violations a",
    ),
    await none(
      pool,
      "no step is held or past its attempts",
      `select format('%s %s attempts=%s of %s worker=%s', id, name, attempts, max_attempts, worker_id) as problem
       from steward.steps where attempts > max_attempts or attempts < 0 or worker_id is not null or status = 'running'`,
    ),
    await none(
      pool,
      "a run ends once, and goes on after an end only when it is retried",
      `select format('%s: %s after %s', e.run_id, e.new, e.old) as problem from chaos.ends e
       where e.old in ('succeeded', 'failed', 'cancelled') and (e.old = 'succeeded' or e.new <> 'running')`,
    ),
    await none(
      pool,
      "effects of a step are there once for each success",
      `select format('%s of %s: %s effects, %s successes', e.name, e.user_id, e.n, coalesce(s.n, 0)) as problem
       from (select user_id, name, count(*) as n from chaos.effects group by 1, 2) e
       left join (select user_id, name, count(*) as n from chaos.successes group by 1, 2) s using (user_id, name)
       where e.n > coalesce(s.n, 0)`,
    ),
    same(
      "who signed up after the deploy was greeted, once for each success",
      await list(pool, "select user_id as one from chaos.effects where name = 'greet'"),
      await list(pool, "select user_id as one from chaos.successes where name = 'greet'"),
    ),
    await none(
      pool,
      "no job is locked by a worker that is gone, or left for a step",
      `select format('%s %s locked by %s', task_identifier, key, locked_by) as problem from graphile_worker.jobs
       where locked_by not in (select pool_id from steward_private.workers) or (key like 'step:%' and locked_at is null and run_at < now() - interval '5 seconds')`,
    ),
  ];
}

async function checkPeople(pool: pg.Pool, people: readonly Person[]): Promise<Check> {
  const { rows } = await pool.query<{ id: string }>("select id from app_public.users");
  return same(
    "users are who the application remembers",
    rows.map((row) => row.id),
    people.filter((person) => person.isThere).map((person) => person.id),
  );
}

async function checkRuns(pool: pg.Pool, people: readonly Person[]): Promise<Check> {
  const { rows } = await pool.query<{ run: string }>(
    `select format('%s %s x%s', kind, subject_id, count(*)) as run from chaos.runs
     where kind in ('user_signup', 'user_deletion') group by kind, subject_id`,
  );
  const wanted = people.flatMap(({ id, signups, deletions }) => [
    ...(signups > 0 ? [`user_signup ${id} x${signups}`] : []),
    ...(deletions > 0 ? [`user_deletion ${id} x${deletions}`] : []),
  ]);
  return same(
    "one run for each signup and each deletion",
    rows.map((row) => row.run),
    wanted,
  );
}

async function checkOnboarding(pool: pg.Pool): Promise<Check> {
  return none(
    pool,
    "each user has each onboarded piece once, credits and a type",
    `select format('%s: %s', u.id, to_jsonb(h)) as problem
     from app_public.users u
     cross join lateral (
       select
         (select count(*) from app_public.spaces s where s.owner_id = u.id) as spaces,
         (select count(*) from app_public.notebooks n join app_public.spaces s on s.id = n.space_id where s.owner_id = u.id) as notebooks,
         (select count(*) from app_public.documents d join app_public.notebooks n on n.id = d.notebook_id join app_public.spaces s on s.id = n.space_id where s.owner_id = u.id) as documents,
         (select count(*) from app_public.agents a join app_public.spaces s on s.id = a.space_id where s.owner_id = u.id) as agents,
         (select count(*) from app_public.user_credits c where c.user_id = u.id) as credits,
         (select count(*) from app_public.user_type_assignments t where t.user_id = u.id) as types
     ) h
     where (h.spaces, h.notebooks, h.documents, h.agents, h.credits, h.types) <> (1, 1, 3, 1, 1, 1)`,
  );
}

async function checkLabels(pool: pg.Pool, people: readonly Person[]): Promise<Check> {
  const { rows } = await pool.query<{ label: string }>(
    "select format('%s/%s x%s', user_id, label_key, count(*)) as label from app_public.labels group by user_id, label_key",
  );
  const wanted = people.flatMap(({ id, labels }) => [...labels].map(([key, count]) => `${id}/${key} x${count}`));
  return same(
    "labels are those of users who are there, all of them",
    rows.map((row) => row.label),
    wanted,
  );
}

async function checkDrive({ postgres: { pool }, providers }: Stage, people: readonly Person[]): Promise<Check[]> {
  const there = people.filter((person) => person.isThere).map((person) => externalIdFor(person.id));
  const accounts = providers.drive.state().filter((account) => account.id !== providers.drive.adminUser);
  const { rows } = await pool.query<{ id: string }>(
    "select external_id as id from app_public.drive_accounts where status = 'active' and provisioned_at is not null",
  );
  return [
    same(
      "the drive has one account for each user and no other",
      accounts.map((account) => account.id),
      there,
    ),
    same(
      "drive_accounts says so",
      rows.map((row) => row.id),
      there,
    ),
    {
      what: "accounts at the drive are whole and empty",
      looked: accounts.length,
      problems: accounts
        .filter(({ enabled, files, displayName, id }) => !enabled || files.length > 0 || displayName === id)
        .map(
          ({ id, enabled, files, displayName }) =>
            `${id}: enabled ${enabled}, ${files.length} files, name ${displayName}`,
        ),
    },
  ];
}

async function checkCloud({ postgres: { pool }, providers }: Stage): Promise<Check[]> {
  const state = providers.cloud.state();
  const { rows: projects } = await pool.query<{ id: string; external_id: string | null; status: string }>(
    "select id, external_id, status from app_public.projects",
  );
  const { rows: users } = await pool.query<{ id: string; external_id: string }>(
    "select user_id as id, external_id from app_private.cloud_users",
  );
  const { rows: members } = await pool.query<Membership>(
    `select m.project_id as project, m.user_id as "user", m.role, k.access_id as access, p.rotate_on_link as rotates
     from app_public.project_members m join app_public.projects p on p.id = m.project_id
     left join app_private.cloud_credentials k on k.project_id = m.project_id and k.user_id = m.user_id
     where p.status <> 'suspended'`,
  );
  const ours = state.users.filter((user) => user.stewardId !== null);
  const settled = new Map(
    projects.filter((one) => one.status !== "suspended").map((one) => [one.external_id ?? "", one.id]),
  );
  const roles = ours.flatMap((user) =>
    Object.entries(user.roles).flatMap(([project, names]) =>
      settled.has(project) ? names.map((name) => `${settled.get(project)} ${user.stewardId} ${name}`) : [],
    ),
  );
  const credentials = ours.flatMap((user) =>
    user.credentials.flatMap(({ access, projectId }) =>
      settled.has(projectId) ? [`${settled.get(projectId)} ${user.stewardId} ${access}`] : [],
    ),
  );
  // Suspended while it was made: what is there already is disabled, and linked when the project is resumed.
  const isHeldBack: ReadonlySet<unknown> = new Set(
    projects.flatMap(({ id, external_id, status }) => (external_id === null && status === "suspended" ? [id] : [])),
  );
  const recorded = new Set(users.map((user) => user.id));
  const known = new Set(members.map((member) => member.user));
  const { rows: living } = await pool.query<{ id: string }>("select id from app_public.users");
  const isThere = new Set(living.map((row) => row.id));
  return [
    same(
      "the cloud has one project for each of ours, enabled unless suspended, and no other",
      state.projects
        .filter((one) => one.stewardId !== null && (one.enabled || !isHeldBack.has(one.stewardId)))
        .map((one) => `${one.stewardId} ${one.id} ${one.enabled}`),
      projects.flatMap((one) =>
        one.external_id === null ? [] : [`${one.id} ${one.external_id} ${one.status !== "suspended"}`],
      ),
    ),
    {
      what: "projects that are not suspended are active",
      looked: projects.length,
      problems: projects
        .filter((one) => !["active", "suspended"].includes(one.status))
        .map((one) => `${one.id} ${one.status}`),
    },
    same(
      "the cloud has one account for each user that we put there, and no other",
      // One whose sync was cancelled right after it was made is found by its name when it is needed, or when its user goes.
      ours
        .filter(({ stewardId }) => recorded.has(String(stewardId)) || known.has(String(stewardId)))
        .map((user) => `${user.stewardId} ${user.id}`),
      users.map((user) => `${user.id} ${user.external_id}`),
    ),
    {
      what: "every member has an account at the cloud, nobody who is gone has one",
      looked: known.size + ours.length,
      problems: [
        ...[...known].filter((id) => !ours.some((user) => user.stewardId === id)).map((id) => `${id} has none`),
        ...ours
          .filter((user) => !isThere.has(String(user.stewardId)))
          .map((user) => `${user.stewardId} is gone and has one`),
      ],
    },
    same(
      "members have their role at the cloud and no other",
      roles,
      members.map(({ project, user, role }) => `${project} ${user} ${DEFAULT_ROLES[role][0]}`),
    ),
    same(
      "credentials are those that we keep, one for each member where they are rotated",
      credentials,
      members.flatMap(({ project, user, access, rotates }) => (rotates ? [`${project} ${user} ${access}`] : [])),
    ),
  ];
}

async function none(pool: pg.Pool, what: string, text: string): Promise<Check> {
  const { rows } = await pool.query<{ problem: string }>(text);
  return { what, looked: 1, problems: rows.map((row) => row.problem) };
}

async function list(pool: pg.Pool, text: string): Promise<string[]> {
  const { rows } = await pool.query<{ one: string }>(text);
  return rows.map(({ one }) => one);
}

function same(what: string, found: readonly string[], wanted: readonly string[]): Check {
  const count = (list: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const one of list) counts.set(one, (counts.get(one) ?? 0) + 1);
    return counts;
  };
  const [left, right] = [count(found), count(wanted)];
  const problems = [
    ...[...left]
      .filter(([one, n]) => n > (right.get(one) ?? 0))
      .map(([one, n]) => `${one} is there ${n} times, wanted ${right.get(one) ?? 0}`),
    ...[...right]
      .filter(([one, n]) => n > (left.get(one) ?? 0))
      .map(([one, n]) => `${one} is there ${left.get(one) ?? 0} times, wanted ${n}`),
  ];
  return { what, looked: wanted.length, problems };
}
