// test-timeout: 600
// A statement that runs often has one plan, whatever the statistics say: it reads as little among a million finished runs as in
// a new database. Measured in blocks, so that no machine is too slow for it.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { blocksOf } from "../helpers/blocks.ts";
import { createDatabase, type TestDatabase, untilRescuing } from "../helpers/database.ts";
import { addHistory } from "../helpers/history.ts";

const HISTORY = 1_000_000;
const OPEN = 2_000;
/** PL/pgSQL plans anew five times before it may keep a plan; the others only have to make theirs. */
const ROUNDS_TO_KEEP = 7;
const ROUNDS = 2;
const TABLES = [
  "app_public.users",
  "steward.runs",
  "steward.steps",
  "steward_private.batch_progress",
  "steward_private.workers",
  "graphile_worker._private_jobs",
];

type Db = pg.ClientBase;
/** Brings about what the statement needs, and returns the statement. */
type Statement = (db: Db) => Promise<string>;

const test = suite("plans");
let database: TestDatabase;
let superuser: pg.Client;
/** Has kept its plans since the database was new. */
let old: pg.Client;
const costsWhenNew = new Map<string, number>();

const statements: Readonly<Record<string, Statement>> = {
  "start_runs, one": async () =>
    "select steward.start_runs('user_signup', 'app_public.users', array[gen_random_uuid()::text])",
  "start_runs, many": async () =>
    "select steward.start_runs('user_signup', 'app_public.users', array(select gen_random_uuid()::text from generate_series(1, 30)))",
  enqueue_steps: async (db) => `select steward_private.enqueue_steps('${await stepsOf(db, await signUp(db))}')`,
  "enqueue_steps, many": async (db) =>
    `select steward_private.enqueue_steps('${await stepsOf(db, await signUp(db, 30))}')`,
  begin_jobs: async (db) =>
    `select steward_private.begin_jobs(array[${await onlyStep(db)}]::bigint[], ${await join(db)})`,
  begin_steps: async (db) =>
    `select steward_private.begin_steps('${await stepsOf(db, await signUp(db, 10))}', ${await join(db)})`,
  "begin_jobs at an open circuit": async (db) => {
    await db.query("update steward.lanes set open_until = now() + interval '1 hour'");
    return `select steward_private.begin_jobs(array[${await onlyStep(db)}]::bigint[], ${await join(db)})`;
  },
  claim_steps: async (db) => {
    await signUp(db, 30);
    return `select steward_private.claim_steps('database', 108, ${await join(db)})`;
  },
  free_places: async (db) => {
    await db.query("select steward_private.begin_steps($1, $2)", [
      await stepsOf(db, await signUp(db, 10)),
      await join(db),
    ]);
    return "select steward_private.free_places('drive')";
  },
  widen_lanes: async (db) => {
    await signUp(db, 30);
    return "select steward_private.widen_lanes('{database,drive}', '{10,10}')";
  },
  take_jobs: async (db) => {
    await signUp(db, 10);
    return `select steward_private.take_jobs('database', 118, ${await join(db)})`;
  },
  take_new_jobs: async (db) => {
    await signUp(db, 10);
    return `select steward_private.take_new_jobs(10, ${await join(db)})`;
  },
  due_lanes: async (db) => {
    await signUp(db, 30);
    return `select steward_private.due_lanes(${await join(db)})`;
  },
  wake_drains: async () => "select steward_private.wake_drains('{database,drive}')",
  "succeed_steps, one": async (db) => `select steward_private.succeed_steps(${await begun(db)})`,
  "succeed_steps, many": async (db) => `select steward_private.succeed_steps(${await begun(db, 10)})`,
  settle_steps: async (db) => {
    const batch = await batchOf(db, 10);
    await db.query(`select steward_private.succeed_steps(${batch})`);
    return `select steward_private.settle_steps(${batch.split("::bigint[]")[0]}::bigint[])`;
  },
  fence_step: async (db) => `select steward_private.fence_step(${await lease(db)})`,
  save_progress: async (db) => `select steward_private.save_progress(${await onlyStep(db)}, 1, 2)`,
  "fail_step never": async (db) => `select steward_private.fail_step(${await lease(db)}, 'never', 'ST403', 'x')`,
  "fail_step later": async (db) => `select steward_private.fail_step(${await lease(db)}, 'later', 'ST403', 'x')`,
  "fail_step wait": async (db) => `select steward_private.fail_step(${await lease(db)}, 'wait', 'ST501', 'x')`,
  advance_runs: async (db) => `select steward_private.advance_runs('${await signUp(db, 10)}')`,
  request_steps: async (db) => `select steward.request_steps('${await deletion(db)}', 'purge', '{a}')`,
  "request_steps again": async (db) => {
    const batch = await batchOf(db, 10);
    return `select steward.request_steps(array_agg(run_id), 'purge', array_agg(item)) from steward.steps where id = any (${batch.split("::bigint[]")[0]}::bigint[])`;
  },
  mend_batches: async (db) => {
    await batchOf(db, 10);
    return "select steward_private.mend_batches()";
  },
  is_rescue_due: async (db) => `select steward_private.is_rescue_due(${await join(db)})`,
  are_others_at_work: async (db) => `select steward_private.are_others_at_work(${await join(db)})`,
  held_leases: async (db) => {
    const worker = await join(db);
    await db.query("select steward_private.begin_steps($1, $2)", [await stepsOf(db, await signUp(db, 10)), worker]);
    return `select steward_private.held_leases(${worker})`;
  },
  rescue_steps: async (db) => {
    const worker = await join(db);
    await db.query("select steward_private.begin_steps($1, $2)", [await stepsOf(db, await signUp(db, 10)), worker]);
    await db.query("update steward_private.workers set seen_at = '-infinity' where id = $1", [worker]);
    return "select steward_private.rescue_steps(0)";
  },
  end_attempts: async (db) => {
    const [runs, worker] = [await signUp(db, 10), await join(db)];
    const steps = await stepsOf(db, runs);
    await db.query("select steward_private.begin_steps($1, $2)", [steps, worker]);
    await db.query("select steward_private.suspend_runs($1)", [runs]);
    await db.query("select steward_private.resume_runs($1)", [runs]);
    return `select steward_private.end_attempts('${steps}', ${worker})`;
  },
  cancel_runs: async (db) => `select steward_private.cancel_runs('${await signUp(db, 10)}')`,
  retry_runs: async (db) => {
    const runs = await signUp(db, 10);
    await db.query("select steward_private.cancel_runs($1)", [runs]);
    return `select steward_private.retry_runs('${runs}')`;
  },
  "retry_runs of open ones": async (db) => `select steward_private.retry_runs('${await signUp(db, 10)}')`,
  suspend_runs: async (db) => `select steward_private.suspend_runs('${await signUp(db, 10)}')`,
  resume_runs: async (db) => {
    const runs = await signUp(db, 10);
    await db.query("select steward_private.suspend_runs($1)", [runs]);
    return `select steward_private.resume_runs('${runs}')`;
  },
  lower_priority: async (db) => `select steward_private.lower_priority('${await signUp(db, 10)}')`,
  is_acting_for: async (db) => `select steward_private.is_acting_for(gen_random_uuid()::text, ${await onlyStep(db)})`,
  is_overlapped: async (db) => `select steward_private.is_overlapped(${await onlyStep(db)})`,
  is_being_removed: async (db) => {
    await deletion(db);
    return "select app_private.is_being_removed(gen_random_uuid(), 'cloud_remove')";
  },
  latest_signups: async (db) => `select app_private.latest_signups('${await userIds(db)}')`,
  find_lacking: async (db) => `select app_private.find_lacking('${await userIds(db)}')`,
  restart_signups: async (db) => `select app_private.restart_signups('${await userIds(db)}', true)`,
  finish_onboarding: async (db) => `select app_private.finish_onboarding('${await userIds(db)}', 'm')`,
  ensure_onboarded_now: async (db) => `select app_public.ensure_onboarded_now('m', '${await newUser(db)}')`,
  log_in: async () => `select app_public.log_in('${randomUUID()}', 'x', null, null, now())`,
  trigger_onboarding: async (db) => `select app_public.trigger_onboarding('${await newUser(db)}')`,
  users_onboarding: async (db) =>
    `select app_public.users_onboarding(u) from app_public.users u where id = '${await newUser(db)}'`,
  runs_progress: async (db) =>
    `select steward.runs_progress(r) from steward.runs r where id = any('${await signUp(db)}')`,
  runs_estimated_completion: async (db) =>
    `select steward.runs_estimated_completion(r) from steward.runs r where id = any('${await signUp(db)}')`,
  "insert of a user": async () => `insert into app_public.users (username) values ('${randomUUID()}')`,
  "delete of a user": async (db) => `delete from app_public.users where id = '${await newUser(db)}'`,
  "delete of a user, their signup done": async (db) => {
    const user = await newUser(db);
    await db.query("select steward_private.cancel_runs(array(select id from steward.runs where owner_id = $1))", [
      user,
    ]);
    return `delete from app_public.users where id = '${user}'`;
  },
  "a user becomes an admin": async (db) => {
    await newProject(db);
    return `update app_public.users set role = 'admin' where id = '${await newUser(db)}'`;
  },
  "insert of a project": async (db) =>
    `insert into app_public.projects (name, created_by) values ('${randomUUID()}', '${await newUser(db)}')`,
  "insert of a member": async (db) =>
    `insert into app_public.project_members (project_id, user_id) values ('${await newProject(db)}', '${await newUser(db)}')`,
  "insert of a member into a linked project": async (db) => {
    const project = await newProject(db);
    await db.query("select steward_private.cancel_runs(array(select id from steward.runs where scope_id = $1))", [
      project,
    ]);
    return `insert into app_public.project_members (project_id, user_id) values ('${project}', '${await newUser(db)}')`;
  },
  "delete of a member": async (db) =>
    `delete from app_public.project_members where project_id = '${await newProject(db)}'`,
  "insert of a tenant's member": async (db) => {
    const tenant = (
      await db.query<{ id: string }>("insert into app_public.tenants (name) values ($1) returning id", [randomUUID()])
    ).rows[0]?.id;
    await db.query("update app_public.projects set tenant_id = $2 where id = $1", [await newProject(db), tenant]);
    return `insert into app_public.tenant_members (tenant_id, user_id) values ('${tenant}', '${await newUser(db)}')`;
  },
  "link of a project": async (db) =>
    `update app_public.projects set external_id = 'x' where id = '${await newProject(db)}'`,
  suspend_project: async (db) => `select app_public.suspend_project('${await newProject(db)}')`,
  resume_project: async (db) => {
    const project = await newProject(db);
    await db.query("select app_public.suspend_project($1)", [project]);
    return `select app_public.resume_project('${project}')`;
  },
  "delete of a project": async (db) => `delete from app_public.projects where id = '${await newProject(db)}'`,
  projects_provisioning_progress: async (db) =>
    `select app_public.projects_provisioning_progress(p) from app_public.projects p where id = '${await newProject(db)}'`,
  projects_estimated_completion: async (db) =>
    `select app_public.projects_estimated_completion(p) from app_public.projects p where id = '${await newProject(db)}'`,
  "steward.workers": async () => "select * from steward.workers",
};

test.before(async () => {
  database = await createDatabase();
  superuser = await connect(database.superuserUrl);
  for (const table of TABLES) await superuser.query(`alter table ${table} set (autovacuum_enabled = false)`);
  await newUser(superuser);
  await superuser.query("select steward_private.cancel_runs(array(select id from steward.runs))");
  await superuser.query("delete from graphile_worker._private_jobs");
  for (const table of TABLES) await superuser.query(`analyze ${table}`);
  old = await connect(database.ownerUrl);
  await untilRescuing(old);
  for (const [name, cost] of await costs(old, ROUNDS_TO_KEEP)) costsWhenNew.set(name, cost);

  await addHistory(database.superuserUrl, HISTORY);
  await superuser.query(
    `insert into app_public.users (username) select gen_random_uuid() from generate_series(1, $1::int)`,
    [OPEN],
  );
  // As many that wait as jobs of their own.
  for (let i = 0; i < OPEN / 10; i++) await signUp(superuser, 10);
});
test.after(async () => {
  await old.end();
  await superuser.end();
  await database.close();
});

test("planned when the database was new", async () => compare(old));

test("statistics of when the database was new", () => withConnection(compare));

test("no statistics", async () => {
  for (const table of TABLES) {
    await superuser.query("delete from pg_statistic where starelid = $1::regclass", [table]);
    await superuser.query(
      "update pg_class set reltuples = -1, relpages = 0 where oid = $1::regclass or oid in (select indexrelid from pg_index where indrelid = $1::regclass)",
      [table],
    );
  }
  await withConnection(compare);
});

test("fresh statistics", async () => {
  for (const table of TABLES) await superuser.query(`analyze ${table}`);
  await withConnection(compare);
});

test("statistics of a moment when nothing was open", async () => {
  await superuser.query("create temp table was_open as select id, status from steward.runs where finished_at is null");
  await superuser.query("create temp table was_due as select id, status from steward.steps where finished_at is null");
  await superuser.query("create temp table was_queued as select * from graphile_worker._private_jobs");
  await superuser.query("update steward.runs set status = 'cancelled' where id in (select id from was_open)");
  await superuser.query("update steward.steps set status = 'cancelled' where id in (select id from was_due)");
  await superuser.query("delete from graphile_worker._private_jobs");
  for (const table of TABLES) await superuser.query(`analyze ${table}`);
  await superuser.query("update steward.runs r set status = o.status from was_open o where o.id = r.id");
  await superuser.query("update steward.steps s set status = d.status from was_due d where d.id = s.id");
  await superuser.query(
    "insert into graphile_worker._private_jobs (id, job_queue_id, task_id, payload, priority, run_at, key) overriding system value select id, job_queue_id, task_id, payload, priority, run_at, key from was_queued",
  );
  await withConnection(compare);
});

test("what people are told to ask reads what is open or recent, not all that ever was", async () => {
  await superuser.query(
    "delete from steward.steps where finished_at is null; delete from steward.runs where finished_at is null; delete from graphile_worker._private_jobs",
  );
  await superuser.query("update app_public.users set created_at = created_at - interval '1 week'"); // their runs are gone now
  for (const table of TABLES) await superuser.query(`vacuum (analyze, index_cleanup on) ${table}`);
  const questions = [...LOOKS, ...questionsIn("README.md"), ...questionsIn("docs/operate.md")].filter(
    (question) => !question.includes("steward.all_violations"),
  );
  assert.ok(questions.length > 8);
  const tables = await superuser.query(
    "select sum(relpages)::int as blocks from pg_class where relname in ('runs', 'steps')",
  );
  for (const question of questions) {
    const blocks = await blocksOf(superuser, question);
    // Some look at the newest thousand by key, for which Postgres 15 reads more pages of an index than 18.
    assert.ok(blocks < tables.rows[0].blocks / 5, `${blocks} blocks of ${tables.rows[0].blocks}: ${question}`);
  }
});

/** What the console and metrics ask again and again. */
const LOOKS = [
  "select steward.overview()",
  "select steward.pace_of_day()",
  "select * from steward.measure()",
  "select * from steward.happened(now() - interval '1 hour')",
];

/** These do what they say for each run that they mean, also in a preview. */
const STEERS =
  /steward\.(retry|cancel|suspend|resume|reprioritise|pause|unpause|release_worker|grant_operator|revoke_operator)\(/;

/** The selects of a document that change nothing. */
function questionsIn(file: string): string[] {
  const text = readFileSync(file, "utf8").replaceAll(/ *--.*/g, "");
  return [...text.matchAll(/^(?:=> )?(select [^`]+?);/gm)]
    .map((match) => String(match[1]))
    .filter((question) => !question.includes("_private.") && !question.includes("'...'") && !STEERS.test(question));
}

async function compare(db: Db): Promise<void> {
  const dear: string[] = [];
  for (const [name, cost] of await costs(db)) {
    const before = costsWhenNew.get(name) ?? 0;
    if (cost > 3 * before + 100) dear.push(`${name}: ${cost} blocks, ${before} when the database was new`);
  }
  assert.equal(dear, []);
}

/** What each statement cost at most. */
async function costs(db: Db, rounds = ROUNDS): Promise<Map<string, number>> {
  const most = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, statement] of Object.entries(statements)) {
      await db.query("begin");
      const cost = await blocksOf(db, await statement(db));
      await db.query("rollback");
      // The first time also reads the catalogue.
      if (round > 0) most.set(name, Math.max(most.get(name) ?? 0, cost));
    }
  }
  return most;
}

async function withConnection(work: (db: Db) => Promise<void>): Promise<void> {
  const client = await connect(database.ownerUrl);
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

/** Starts so many signups of nobody; an array literal of the runs' ids. */
async function signUp(db: Db, count = 1): Promise<string> {
  const { rows } = await db.query<{ ids: string }>(
    "select steward.start_runs('user_signup', 'app_public.users', array(select gen_random_uuid()::text from generate_series(1, $1::int)))::text as ids",
    [count],
  );
  return String(rows[0]?.ids);
}

async function deletion(db: Db): Promise<string> {
  const { rows } = await db.query<{ ids: string }>(
    "select steward.start_runs('user_deletion', 'app_public.users', array[gen_random_uuid()::text])::text as ids",
  );
  return String(rows[0]?.ids);
}

async function stepsOf(db: Db, runs: string): Promise<string> {
  const { rows } = await db.query<{ ids: string }>(
    "select array_agg(id)::text as ids from steward.steps where run_id = any ($1::uuid[]) and name in ('onboard', 'purge')",
    [runs],
  );
  return String(rows[0]?.ids);
}

async function onlyStep(db: Db): Promise<string> {
  return (await stepsOf(db, await signUp(db))).slice(1, -1);
}

async function join(db: Db): Promise<number> {
  const { rows } = await db.query<{ id: number }>("select steward_private.join_workers($1, 'host', 1, false) as id", [
    randomUUID(),
  ]);
  return rows[0]?.id ?? 0;
}

/** Begins the first steps of so many signups; their ids and leases as two arrays. */
async function begun(db: Db, count = 1): Promise<string> {
  const steps = await stepsOf(db, await signUp(db, count));
  const { rows } = await db.query<{ args: string }>(
    "select format('%L::bigint[], %L::integer[]', array_agg(step_id), array_agg(lease)) as args from steward_private.begin_steps($1, $2)",
    [steps, await join(db)],
  );
  return String(rows[0]?.args);
}

async function lease(db: Db): Promise<string> {
  return (await begun(db)).replaceAll(/'\{(\d+)\}'::(bigint|integer)\[\]/g, "$1");
}

async function batchOf(db: Db, size: number): Promise<string> {
  const [run] = (await deletion(db)).slice(1, -1).split(",");
  await db.query(
    "select steward.request_steps(array_fill($1::uuid, array[$2::int]), 'purge', array(select n::text from generate_series(1, $2::int) n))",
    [run, size],
  );
  const { rows } = await db.query<{ args: string }>(
    "select format('%L::bigint[], %L::integer[]', array_agg(step_id), array_agg(lease)) as args from steward_private.begin_steps($1, $2)",
    [await stepsOf(db, `{${run}}`), await join(db)],
  );
  return String(rows[0]?.args);
}

async function newUser(db: Db): Promise<string> {
  const { rows } = await db.query<{ id: string }>("insert into app_public.users (username) values ($1) returning id", [
    randomUUID(),
  ]);
  return String(rows[0]?.id);
}

async function userIds(db: Db): Promise<string> {
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push(await newUser(db));
  return `{${ids}}`;
}

async function newProject(db: Db): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    "insert into app_public.projects (name, created_by) values ($1, $2) returning id",
    [randomUUID(), await newUser(db)],
  );
  return String(rows[0]?.id);
}

test.run();
