// test-timeout: 120
// npm run backfill: complete, once, at low priority, in the background or at once; stopped in the middle it goes on another time.
import { spawn } from "node:child_process";
import { withClient } from "steward/migrate/connect";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";

const ONBOARDED = { spaces: 1, notebooks: 1, documents: 3, agents: 1 };

interface Context {
  database: TestDatabase;
}
const test = suite<Context>("backfill");

test.before.each(async (context) => {
  context.database = await createDatabase();
});
test.after.each(({ database }) => database.close());

test("gives credits and type, and leaves the rest to workers as bulk work, for many and for few", async ({
  database,
}) => {
  for (const [users, total] of [
    [30, 30],
    [2, 32],
  ] as const) {
    await insertBare(database, users);
    const { code, stdout } = await backfill(database);
    assert.is(code, 0);
    assert.match(stdout, `Of ${total} users, ${users} got credits, ${users} a user type, ${users} a run`);
    assert.equal(await sums(database), { credited: total, typed: total, balance: total * 100, runs: total });
    assert.equal(await read(database, "select priority, status, count(*)::int from steward.runs group by 1, 2"), [
      { priority: 10, status: "pending", count: total },
    ]);
    assert.equal(
      await read(
        database,
        "select is_backlog, count(*)::int from steward.steps where status = 'queued' and priority >= 10 group by 1",
      ),
      [{ is_backlog: true, count: 2 * total }],
    );
  }
  assert.equal(await read(database, "select from graphile_worker.jobs"), []);
});

test("twice changes nothing; who signed up since is left alone", async ({ database }) => {
  await insertBare(database, 25);
  await backfill(database);
  await database.pool.query(
    "update app_public.user_credits set balance = 7; insert into app_public.users (username) values ('new')",
  );
  const before = await everything(database);
  const { code, stdout } = await backfill(database);
  assert.is(code, 0);
  assert.match(stdout, "Of 26 users, 0 got credits, 0 a user type, 0 a run");
  assert.equal(await everything(database), before);
});

test("--dry-run says what it would do, and does nothing", async ({ database }) => {
  await insertBare(database, 12);
  await database.pool.query("insert into app_public.users (username) values ('new')");
  const before = await everything(database);
  const { code, stdout } = await backfill(database, "--dry-run");
  assert.is(code, 0);
  assert.match(stdout, "Of 13 users, 12 would get credits, 12 a user type, 12 a run.");
  assert.equal(await everything(database), before);
});

test("--inline onboards at once, and also who waits for a worker; drive accounts are left to workers", async ({
  database,
}) => {
  await insertBare(database, 250);
  await database.pool.query("insert into app_public.users (username) values ('waiting')");
  const { code, stdout } = await backfill(database, "--inline");
  assert.is(code, 0);
  assert.match(stdout, "250 a run, 251 were onboarded");
  assert.equal(await distinctCounts(database), [{ ...ONBOARDED, users: 251 }]);
  assert.equal(await read(database, "select name, status, count(*)::int from steward.steps group by 1, 2 order by 1"), [
    { name: "drive_account", status: "queued", count: 251 },
    { name: "drive_cleanup", status: "waiting", count: 251 },
    { name: "onboard", status: "succeeded", count: 251 },
  ]);
  const again = await backfill(database, "--inline");
  assert.match(again.stdout, "0 a run, 0 were onboarded");
  assert.equal(await distinctCounts(database), [{ ...ONBOARDED, users: 251 }]);
});

test("stopped with Ctrl-C it ends with 130, and another time it completes what is left, nothing twice", async ({
  database,
}) => {
  await insertBare(database, 3_000);
  const stopped = await backfill(database, "--inline", (child, stderr) => {
    if (/Onboarding/.test(stderr)) child.kill("SIGINT");
  });
  assert.is(stopped.code, 130);
  assert.match(stopped.stdout, "Stopped.");
  const [{ count: done } = { count: 0 }] = await read<{ count: number }>(
    database,
    "select count(*)::int from app_public.agents",
  );
  assert.ok(done > 0 && done < 3_000, `${done} were onboarded`);
  const { code } = await backfill(database, "--inline");
  assert.is(code, 0);
  assert.equal(await sums(database), { credited: 3_000, typed: 3_000, balance: 300_000, runs: 3_000 });
  assert.equal(await distinctCounts(database), [{ ...ONBOARDED, users: 3_000 }]);
});

test("projects get their provisioning, and users who went without it their deletion", async ({ database }) => {
  await database.pool.query("insert into app_public.users (username) values ('gone'), ('there')");
  await withClient({ connectionString: database.superuserUrl }, async (superuser) => {
    await superuser.query("set session_replication_role = replica");
    await superuser.query(
      `insert into app_public.projects (name, created_by) select 'restored ' || n, u.id from app_public.users u, generate_series(1, 3) n where u.username = 'there';
       delete from app_public.users where username = 'gone'`,
    );
  });
  const before = await everything(database);
  const dry = await backfill(database, "--dry-run");
  assert.match(dry.stdout, "3 projects would get a run.\n1 user who went without it would get a deletion run.");
  assert.equal(await everything(database), before);
  const { stdout } = await backfill(database);
  assert.match(stdout, "3 projects got a run.\n1 user who went without it got a deletion run.");
  const kinds = "select kind, count(*)::int from steward.runs where kind <> 'user_signup' group by 1 order by 1";
  const expected = [
    { kind: "project_provisioning", count: 3 },
    { kind: "user_deletion", count: 1 },
  ];
  assert.equal(await read(database, kinds), expected);
  assert.equal(await read(database, "select role::text from app_public.project_members group by 1"), [
    { role: "owner" },
  ]);
  await backfill(database);
  assert.equal(await read(database, kinds), expected);
  assert.equal(await read(database, "select * from steward.all_violations"), []);
});

test("two at once make nothing twice", async ({ database }) => {
  await insertBare(database, 600);
  const both = await Promise.all([backfill(database, "--inline"), backfill(database, "--inline")]);
  assert.equal(
    both.map(({ code }) => code),
    [0, 0],
  );
  assert.equal(await sums(database), { credited: 600, typed: 600, balance: 60_000, runs: 600 });
  assert.equal(await distinctCounts(database), [{ ...ONBOARDED, users: 600 }]);
});

test("a missing template ends it with 1 and its name", async ({ database }) => {
  await insertBare(database, 3);
  await database.pool.query("delete from app_private.document_templates where title = 'Welcome'");
  const { code, stderr } = await backfill(database, "--inline");
  assert.is(code, 1);
  assert.match(stderr, "'Welcome'");
  assert.equal(await sums(database), { credited: 3, typed: 3, balance: 300, runs: 0 });
});

test("a wrong argument ends it with 2 and how to call it", async ({ database }) => {
  const { code, stderr } = await backfill(database, "--no-such");
  assert.is(code, 2);
  assert.match(stderr, "usage: npm run backfill");
});

type Watch = (child: ReturnType<typeof spawn>, stderr: string) => void;

async function backfill({ ownerUrl, apiUrl }: TestDatabase, argument?: string, watch?: Watch) {
  const args = ["scripts/backfill.ts", ...(argument === undefined ? [] : [argument])];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_ENV: "test", DATABASE_URL: ownerUrl, API_DATABASE_URL: apiUrl },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
    watch?.(child, stderr);
  });
  const code = await new Promise<number | null>((done) => child.on("close", done));
  return { code, stdout, stderr };
}

/** As before there were triggers. */
async function insertBare({ pool }: TestDatabase, users: number): Promise<void> {
  await pool.query(
    `alter table app_public.users disable trigger user;
     insert into app_public.users (username) select 'bare ' || gen_random_uuid() from generate_series(1, ${users});
     alter table app_public.users enable trigger user`,
  );
}

async function read<Row extends object>({ pool }: TestDatabase, query: string): Promise<Row[]> {
  return (await pool.query<Row>(query)).rows;
}

async function sums(database: TestDatabase): Promise<object | undefined> {
  const [row] = await read(
    database,
    `select (select count(*)::int from app_public.user_credits) as credited, (select count(*)::int from app_public.user_type_assignments) as typed,
       (select sum(balance)::int from app_public.user_credits) as balance, (select count(*)::int from steward.runs) as runs`,
  );
  return row;
}

/** How many users have how much of what onboarding gives. */
function distinctCounts(database: TestDatabase): Promise<object[]> {
  return read(
    database,
    `select spaces, notebooks, documents, agents, count(*)::int as users from (
       select u.id, count(distinct s.id)::int as spaces, count(distinct n.id)::int as notebooks,
         count(distinct d.id)::int as documents, count(distinct a.id)::int as agents
       from app_public.users u left join app_public.spaces s on s.owner_id = u.id left join app_public.notebooks n on n.space_id = s.id
       left join app_public.documents d on d.notebook_id = n.id left join app_public.agents a on a.space_id = s.id group by u.id
     ) counted group by 1, 2, 3, 4`,
  );
}

/** The state of all that a backfill could touch. */
function everything(database: TestDatabase): Promise<object[]> {
  return read(
    database,
    `select md5(string_agg(c::text, ',' order by c.user_id)) as state from app_public.user_credits c
     union all select md5(string_agg(r::text, ',' order by r.id)) from steward.runs r
     union all select md5(string_agg(s::text, ',' order by s.id)) from steward.steps s
     union all select md5(string_agg(j.id || j.task_identifier, ',' order by j.id)) from graphile_worker.jobs j`,
  );
}

test.run();
