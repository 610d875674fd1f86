// test-timeout: 600
// What is done for many at once costs each of them the same, however many they are.
import pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { effortOf, explainAll } from "../helpers/work.ts";

const FEW = 300;
const MANY = 1_500;
/** How much dearer one of many may be than one of few (deeper indexes), and how many rows or blocks more (statements too quick to be counted). */
const FACTOR = 1.5;
const MORE = 50;

type Db = pg.ClientBase;
/** Makes so many of what the statement is about, and returns the statement. */
type Statement = (db: Db, count: number) => Promise<string>;

const RUNS = "array(select id from steward.runs)";
const STEPS = "array(select id from steward.steps)";
const BATCH = "array(select id from steward.steps where item is not null)";
const USERS = "array(select id from app_public.users)";

const statements: Readonly<Record<string, Statement>> = {
  start_runs: async (_db, count) =>
    `select steward.start_runs('user_signup', 'app_public.users', ${ids(count)}::text[])`,
  start_signups: async (db, count) => {
    await addUsers(db, count);
    await cancelAll(db);
    return `select app_private.start_signups(${USERS})`;
  },
  enqueue_steps: async (db, count) => {
    await signUp(db, count);
    return `select steward_private.enqueue_steps(${STEPS})`;
  },
  begin_steps: async (db, count) => {
    await signUp(db, count);
    return `select steward_private.begin_steps(${STEPS}, ${await join(db)})`;
  },
  succeed_steps: async (db, count) => {
    await signUp(db, count);
    await begin(db);
    return `select steward_private.succeed_steps(array_agg(id), array_agg(lease)) from steward.steps where status = 'running'`;
  },
  "succeed_steps of a batch": async (db, count) => {
    await batch(db, 1, count);
    await begin(db);
    return `select steward_private.succeed_steps(array_agg(id), array_agg(lease)) from steward.steps where status = 'running'`;
  },
  settle_steps: async (db, count) => {
    await batch(db, 1, count);
    await begin(db);
    await db.query(
      "select steward_private.succeed_steps(array_agg(id), array_agg(lease)) from steward.steps where status = 'running'",
    );
    return `select steward_private.settle_steps(${BATCH})`;
  },
  "settle_steps of many runs": async (db, count) => {
    await batch(db, count, 1);
    await begin(db);
    await db.query(
      "select steward_private.succeed_steps(array_agg(id), array_agg(lease)) from steward.steps where status = 'running'",
    );
    return `select steward_private.settle_steps(${BATCH})`;
  },
  advance_runs: async (db, count) => {
    await signUp(db, count);
    await db.query("update steward.steps set status = 'succeeded' where name = 'drive_account'");
    return `select steward_private.advance_runs(${RUNS})`;
  },
  "advance_runs of one": async (db, count) => {
    await batchAfterBatch(db, count);
    return `select steward_private.advance_runs(${RUNS})`;
  },
  "advance_runs in vain": async (db, count) => {
    await signUp(db, count);
    await db.query("update steward.steps set status = 'failed' where name = 'drive_account'");
    return `select steward_private.advance_runs(${RUNS})`;
  },
  request_steps: async (db, count) => {
    await deletions(db, 1);
    return `select steward.request_steps(array_agg(r.id), 'purge', array_agg(n::text)) from steward.runs r, generate_series(1, ${count}) n`;
  },
  "request_steps of many runs": async (db, count) => {
    await deletions(db, count);
    return `select steward.request_steps(array_agg(r.id), 'purge', array_agg('x'::text)) from steward.runs r`;
  },
  "request_steps, an item each": async (db, count) => {
    await deletions(db, count);
    return `select steward.request_steps(array_agg(r.id), 'purge', array_agg(r.id::text)) from steward.runs r`;
  },
  "request_steps once more": async (db, count) => {
    await batch(db, 10, count / 10);
    return `select steward.request_steps(array_agg(run_id), name, array_agg(item)) from steward.steps where item is not null group by name`;
  },
  "request_steps after a batch": async (db, count) => {
    await batchAfterBatch(db, count);
    return `select steward.request_steps(array_agg(r.id), 'second', array_agg('b' || n)) from steward.runs r, generate_series(1, ${count}) n`;
  },
  rescue_steps: async (db, count) => {
    await signUp(db, count);
    await begin(db);
    await db.query("delete from steward_private.workers");
    await db.query(
      "update steward.steps set attempts = max_attempts, expires_at = '-infinity' where status = 'running' and id % 2 = 0",
    );
    return "select steward_private.rescue_steps(0)";
  },
  "rescue_steps of a batch": async (db, count) => {
    await batch(db, 1, count);
    await begin(db);
    await db.query("delete from steward_private.workers");
    await db.query(
      "update steward.steps set attempts = max_attempts, expires_at = '-infinity' where status = 'running' and id % 2 = 0",
    );
    return "select steward_private.rescue_steps(0)";
  },
  end_attempts: async (db, count) => {
    await signUp(db, count);
    const worker = await begin(db);
    await db.query(`select steward_private.suspend_runs(${RUNS})`);
    await db.query(`select steward_private.resume_runs(${RUNS})`);
    return `select steward_private.end_attempts(${STEPS}, ${worker})`;
  },
  cancel_runs: async (db, count) => {
    await signUp(db, count);
    return `select steward_private.cancel_runs(${RUNS})`;
  },
  "cancel_runs of one": async (db, count) => {
    await batch(db, 1, count);
    return `select steward_private.cancel_runs(${RUNS})`;
  },
  "cancel_runs of many batches": async (db, count) => {
    await batch(db, count, 1);
    return `select steward_private.cancel_runs(${RUNS})`;
  },
  suspend_runs: async (db, count) => {
    await signUp(db, count);
    return `select steward_private.suspend_runs(${RUNS})`;
  },
  resume_runs: async (db, count) => {
    await signUp(db, count);
    await db.query(`select steward_private.suspend_runs(${RUNS})`);
    return `select steward_private.resume_runs(${RUNS})`;
  },
  retry_runs: async (db, count) => {
    await signUp(db, count);
    await cancelAll(db);
    return `select steward_private.retry_runs(${RUNS})`;
  },
  "retry_runs of one": async (db, count) => {
    await batch(db, 1, count);
    await cancelAll(db);
    return `select steward_private.retry_runs(${RUNS})`;
  },
  "retry_runs of open ones": async (db, count) => {
    await signUp(db, count);
    await db.query("update steward.steps set status = 'retrying', ready_at = 'infinity' where status = 'queued'");
    return `select steward_private.retry_runs(${RUNS})`;
  },
  lower_priority: async (db, count) => {
    await signUp(db, count);
    await db.query("update steward.runs set priority = 0");
    return `select steward_private.lower_priority(${RUNS})`;
  },
  mend_batches: async (db, count) => {
    await batch(db, count, 1);
    await db.query("update steward.steps set status = 'succeeded', finished_at = now()");
    await db.query("update steward_private.batch_progress set done = total");
    return "select steward_private.mend_batches()";
  },
  find_lacking: async (db, count) => {
    await addUsers(db, count);
    return `select app_private.find_lacking(${USERS})`;
  },
  restart_signups: async (db, count) => {
    await addUsers(db, count);
    await cancelAll(db);
    return `select app_private.restart_signups(${USERS}, true)`;
  },
  finish_onboarding: async (db, count) => {
    await addUsers(db, count / 10);
    return `select app_private.finish_onboarding(${USERS}, 'm')`;
  },
  purge_orphans: async (_db, count) => `select app_private.purge_orphans('app_public.labels', ${ids(count)}, '1')`,
  "insert of users": async (_db, count) =>
    `insert into app_public.users (username) select n from generate_series(1, ${count}) n`,
  "insert of admins": async (db, count) => {
    await addProjects(db, 3);
    return `insert into app_public.users (username, role) select n, 'admin' from generate_series(1, ${count}) n`;
  },
  "update of users": async (db, count) => {
    await addUsers(db, count);
    await addProjects(db, 3);
    return "update app_public.users set role = 'admin'";
  },
  start_checks: async (db, count) => {
    await addUsers(db, count);
    await addProjects(db, count);
    await db.query(
      "insert into app_public.drive_accounts (user_id, external_id) select id, id::text from app_public.users",
    );
    return `select app_private.start_checks(${USERS}, array(select id from app_public.projects), '{}')`;
  },
  approve_removals: async (db, count) => {
    await addUsers(db, count);
    await db.query("delete from app_public.users");
    await db.query(
      "update steward.runs set status = 'failed', error_code = 'ST217', finished_at = now() where kind = 'user_deletion'",
    );
    await db.query("update steward.steps set status = 'failed', finished_at = now()");
    return "select app_public.approve_removals()";
  },
  "renames of users": async (db, count) => {
    await addUsers(db, count);
    return "update app_public.users set display_name = 'x'";
  },
  "renames of users again": async (db, count) => {
    await addUsers(db, count);
    await db.query("update app_public.users set display_name = 'x'");
    return "update app_public.users set display_name = 'y'";
  },
  "delete of users": async (db, count) => {
    await addUsers(db, count);
    return "delete from app_public.users";
  },
  "delete of users with labels": async (db, count) => {
    await addUsers(db, count);
    await db.query(
      "insert into app_public.labels (user_id, label_key) select id, 'k' from app_public.users, generate_series(1, 2)",
    );
    return "delete from app_public.users";
  },
  "delete of users with documents": async (db, count) => {
    await addUsers(db, count / 10);
    await db.query("select app_private.onboard_users(array(select id from app_public.users), 'm')");
    await db.query(
      "insert into app_public.documents (notebook_id, title, body) select id, 'x', 'x' from app_public.notebooks, generate_series(1, 20)",
    );
    return "delete from app_public.users";
  },
  "delete of users in projects": async (db, count) => {
    await addUsers(db, count);
    await addProjects(db, 1);
    await addMembers(db);
    return "delete from app_public.users";
  },
  "insert of projects": async (db, count) => {
    await addUsers(db, 3);
    return `insert into app_public.projects (name, created_by) select n, (select min(id::text)::uuid from app_public.users) from generate_series(1, ${count}) n`;
  },
  "update of projects": async (db, count) => {
    await addUsers(db, 1);
    await addProjects(db, count);
    return "update app_public.projects set external_id = 'x' || id";
  },
  "renames of projects": async (db, count) => {
    await addUsers(db, 1);
    await addProjects(db, count);
    return "update app_public.projects set description = 'x'";
  },
  "another owner of projects": async (db, count) => {
    await addUsers(db, 1);
    await addProjects(db, count);
    return "update app_public.projects set created_by = (select min(id::text)::uuid from app_public.users)";
  },
  "another owner for each project": async (db, count) => {
    await addUsers(db, count);
    await addProjects(db, count);
    return `update app_public.projects p set created_by = u.id
      from (select id, row_number() over () as n from app_public.users) u where p.name = u.n::text`;
  },
  "delete of projects": async (db, count) => {
    await addUsers(db, 2);
    await addProjects(db, count);
    await addMembers(db);
    return "delete from app_public.projects";
  },
  "insert of members": async (db, count) => {
    await addUsers(db, count);
    await addProjects(db, 1);
    return "insert into app_public.project_members (project_id, user_id) select p.id, u.id from app_public.projects p, app_public.users u";
  },
  "insert of members, one in each project": async (db, count) => {
    await addUsers(db, count);
    await addProjects(db, count);
    return MEMBER_EACH;
  },
  "update of members": async (db, count) => {
    await addUsers(db, count);
    await addProjects(db, 1);
    await addMembers(db);
    return "update app_public.project_members set role = 'viewer'";
  },
  "update of members, one in each project": async (db, count) => {
    await addUsers(db, count);
    await addProjects(db, count);
    await db.query(MEMBER_EACH);
    return "update app_public.project_members set role = 'viewer'";
  },
  "delete of members": async (db, count) => {
    await addUsers(db, count);
    await addProjects(db, 1);
    await addMembers(db);
    return "delete from app_public.project_members";
  },
  "delete of members, one in each project": async (db, count) => {
    await addUsers(db, count);
    await addProjects(db, count);
    await db.query(MEMBER_EACH);
    return "delete from app_public.project_members";
  },
  "insert of a tenant's users": async (db, count) => {
    await addUsers(db, count);
    await addTenants(db, 1);
    return TENANT_MEMBERS;
  },
  "insert of users of many tenants": async (db, count) => {
    await addUsers(db, count);
    await addTenants(db, count);
    return TENANT_MEMBER_EACH;
  },
  "insert of one user of many tenants": async (db, count) => {
    await addUsers(db, 1);
    await addTenants(db, count);
    return TENANT_MEMBERS;
  },
  "delete of a tenant's users": async (db, count) => {
    await addUsers(db, count);
    await addTenants(db, 1);
    await db.query(TENANT_MEMBERS);
    return "delete from app_public.tenant_members";
  },
  "delete of users of many tenants": async (db, count) => {
    await addUsers(db, count);
    await addTenants(db, count);
    await db.query(TENANT_MEMBER_EACH);
    return "delete from app_public.tenant_members";
  },
  "delete of tenants": async (db, count) => {
    await addUsers(db, count);
    await addTenants(db, count);
    await db.query(TENANT_MEMBER_EACH);
    return "delete from app_public.tenants";
  },
  "delete of a tenant": async (db, count) => {
    await addUsers(db, count);
    await addTenants(db, 1);
    await db.query(TENANT_MEMBERS);
    return "delete from app_public.tenants";
  },
};

const MEMBER_EACH = `insert into app_public.project_members (project_id, user_id)
  select p.id, u.id from (select id, row_number() over () as n from app_public.users) u join app_public.projects p on p.name = u.n::text`;
const TENANT_MEMBERS =
  "insert into app_public.tenant_members (tenant_id, user_id) select t.id, u.id from app_public.tenants t, app_public.users u";
const TENANT_MEMBER_EACH = `${TENANT_MEMBERS} where u.username = t.name`;

const test = suite("linear");
let database: TestDatabase;
let superuser: pg.Client;

test.before(async () => {
  database = await createDatabase();
  superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  // What is rolled back would be analyzed while the next transaction is open, as tables without rows.
  await superuser.query(
    `do $$ declare t regclass; begin
       for t in select c.oid from pg_class c
         where c.relkind = 'r' and c.relnamespace in ('app_public'::regnamespace, 'app_private'::regnamespace, 'graphile_worker'::regnamespace)
       loop execute format('alter table %s set (autovacuum_enabled = false)', t); end loop; end $$`,
  );
  await explainAll(superuser);
});
test.after(async () => {
  await superuser.end();
  await database.close();
});

for (const [name, statement] of Object.entries(statements)) {
  test(name, async () => {
    const few = await effort(statement, FEW);
    const many = await effort(statement, MANY);
    for (const what of ["blocks", "rows"] as const) {
      const [before, after] = [few[what] / FEW, many[what] / MANY];
      assert.ok(after < FACTOR * before + MORE, `one of ${FEW} cost ${before} ${what}, one of ${MANY} ${after}`);
    }
  });
}

async function effort(statement: Statement, count: number) {
  await superuser.query("begin; set local auto_explain.log_min_duration = -1");
  try {
    const text = await statement(superuser, count);
    await superuser.query("set local auto_explain.log_min_duration = '1ms'");
    return await effortOf(superuser, text);
  } finally {
    await superuser.query("rollback");
  }
}

function ids(count: number): string {
  return `array(select gen_random_uuid() from generate_series(1, ${count}))`;
}
async function signUp(db: Db, count: number): Promise<void> {
  await db.query(`select steward.start_runs('user_signup', 'app_public.users', ${ids(count)}::text[])`);
}
async function deletions(db: Db, count: number): Promise<void> {
  await db.query(`select steward.start_runs('user_deletion', 'app_public.users', ${ids(count)}::text[])`);
}
async function batch(db: Db, runs: number, items: number): Promise<void> {
  await deletions(db, runs);
  await db.query(
    `select steward.request_steps(array_agg(r.id), 'purge', array_agg(n::text)) from steward.runs r, generate_series(1, ${items}) n`,
  );
}
async function batchAfterBatch(db: Db, count: number): Promise<void> {
  await db.query(
    `select steward.define_lifecycle('twice', 'For a test.', '{
       "first": {"lane": "database", "batch": true},
       "second": {"lane": "database", "batch": true, "after": ["first"]}
     }')`,
  );
  await db.query(`select steward.start_runs('twice', 'app_public.users', ${ids(1)}::text[])`);
  for (const name of ["first", "second"])
    await db.query(
      "select steward.request_steps(array_agg(r.id), $1, array_agg(n::text)) from steward.runs r, generate_series(1, $2::int) n",
      [name, count],
    );
  await db.query("update steward.steps set status = 'succeeded' where name = 'first'");
}
/** Begins all steps for a new worker, whose id it returns. */
async function begin(db: Db): Promise<number> {
  const worker = await join(db);
  await db.query(`select steward_private.begin_steps(${STEPS}, ${worker})`);
  return worker;
}
async function join(db: Db): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    "select steward_private.join_workers('pool', 'host', 1, false) as id",
  );
  return rows[0]?.id ?? 0;
}
async function cancelAll(db: Db): Promise<void> {
  await db.query(`select steward_private.cancel_runs(${RUNS})`);
}
async function addUsers(db: Db, count: number): Promise<void> {
  await db.query("insert into app_public.users (username) select n from generate_series(1, $1::int) n", [count]);
}
async function addProjects(db: Db, count: number): Promise<void> {
  await db.query("insert into app_public.projects (name) select n from generate_series(1, $1::int) n", [count]);
}
async function addMembers(db: Db): Promise<void> {
  await db.query(
    "insert into app_public.project_members (project_id, user_id) select p.id, u.id from app_public.projects p, app_public.users u",
  );
}
async function addTenants(db: Db, count: number): Promise<void> {
  await db.query("insert into app_public.tenants (name) select n from generate_series(1, $1::int) n", [count]);
  await db.query("insert into app_public.projects (tenant_id, name) select id, 'p' from app_public.tenants");
}

test.run();
