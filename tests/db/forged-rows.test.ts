// Functions of a row believe nothing of the row that a caller hands them but its id: every function of app_public that takes one.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Cast, castOf, type Person } from "../helpers/cast.ts";
import { asUser, createDatabase, type TestDatabase } from "../helpers/database.ts";

const test = suite("functions of a row");
let database: TestDatabase;
let cast: Cast;
let functions: { name: string; type: string }[];

test.before(async () => {
  database = await createDatabase();
  cast = await castOf(database.pool);
  await database.pool.query(GIVE_THEM_SOMETHING_TO_TELL);
  const { rows } = await database.pool.query<{ name: string; type: string }>(
    `select p.oid::regproc::text as name, t.oid::regtype::text as type
     from pg_proc p join pg_type t on t.oid = any (p.proargtypes) and t.typtype = 'c'
     where p.pronamespace in ('app_public'::regnamespace, 'steward'::regnamespace) and p.prorettype::regtype::text not like '%runs' order by p.proname`,
  );
  functions = rows;
});
test.after(() => database.close());

/** One of each kind of run has succeeded, half of the steps of all others are done, and each step has done a tenth of its work and may go on. */
const GIVE_THEM_SOMETHING_TO_TELL = `
  insert into app_public.users (username) values ('before');
  insert into app_public.projects (name, created_by) select 'before', id from app_public.users where username = 'before';
  update steward.runs set status = 'succeeded', done = total, started_at = now(), finished_at = clock_timestamp()
  where owner_id = (select id::text from app_public.users where username = 'before');
  update steward.runs set status = 'running', done = 1, total = 2, started_at = now() - interval '1 minute' where status <> 'succeeded';
  update steward.steps set status = 'queued', done = 1, total = 10, started_at = now() - interval '1 minute';
  update steward.lanes set remark = 'experimental'`;

/** The rows of a type that are a person's: a query of their ids. */
const IDS: Readonly<Record<string, (person: Person) => string>> = {
  "app_public.users": ({ id }) => `select id from app_public.users where id = '${id}'`,
  "app_public.projects": ({ projectId }) => `select id from app_public.projects where id = '${projectId}'`,
  "steward.runs": ({ runId, projectRunId }) =>
    `select id from steward.runs where id in ('${runId}', '${projectRunId}')`,
  "steward.steps": ({ runId, projectRunId }) =>
    `select id from steward.steps where run_id in ('${runId}', '${projectRunId}')`,
};

/** What somebody would put into a row to be told more, or something else. */
const lies = (type: string, { id, projectId, runId }: Person) => ({
  status: type === "app_public.projects" ? "active" : "succeeded",
  owner_id: id,
  created_by: id,
  scope_id: projectId,
  subject_id: id,
  run_id: runId,
  role: "admin",
  kind: "user_deletion",
  done: 17,
  total: 17,
  failed: 17,
  created_at: "2001-01-01",
  started_at: "2001-01-01",
  finished_at: "2001-01-02",
});

test("there are some, and the test knows a row for each", () => {
  assert.ok(functions.length >= 6);
  for (const { name, type } of functions) assert.ok(IDS[type], `${name}: give this test the id of a row of ${type}`);
});

test("they tell nothing of a row that the caller may not see, whatever else it says", async () => {
  for (const { name, type } of functions) {
    for (const id of await idsOf(type, cast.bob)) {
      for (const forged of [{ id }, { ...lies(type, cast.bob), id }, { ...lies(type, cast.ada), id }]) {
        const told = await asUser(database.apiPool, cast.ada.id, "user", (client) => call(client, name, type, forged));
        assert.is(told, null, `${name}(${JSON.stringify(forged)}) tells ada of bob: ${told}`);
      }
      const real = await asUser(database.apiPool, cast.bob.id, "user", (client) => callReal(client, name, type, id));
      assert.ok(real !== null, `${name} has something to tell bob`);
      assert.ok(
        (await asUser(database.apiPool, cast.ada.id, "admin", (client) => call(client, name, type, { id }))) !== null,
        `${name} tells an administrator`,
      );
    }
  }
});

test("of one's own row they tell what is so", async () => {
  for (const { name, type } of functions) {
    for (const id of await idsOf(type, cast.ada)) {
      await asUser(database.apiPool, cast.ada.id, "user", async (client) => {
        const real = await callReal(client, name, type, id);
        assert.equal(masked(await call(client, name, type, { ...lies(type, cast.bob), id })), masked(real), name);
      });
    }
  }
});

test("a row that is nowhere has nothing to tell", async () => {
  for (const { name, type } of functions) {
    for (const forged of [
      {},
      { ...lies(type, cast.ada) },
      { ...lies(type, cast.ada), id: type.endsWith("steps") ? 0 : cast.ada.tenantId },
    ]) {
      for (const role of ["user", "admin"] as const) {
        const told = await asUser(database.apiPool, cast.ada.id, role, (client) => call(client, name, type, forged));
        assert.is(told, null, `${name}(${JSON.stringify(forged)})`);
      }
    }
  }
});

test("what may be seen of one row is what the policies show of all", async () => {
  await database.pool.query(`insert into app_public.tenant_members (tenant_id, user_id) values ($1, $2);`, [
    cast.bob.tenantId,
    cast.ada.id,
  ]);
  await database.pool.query("update app_public.projects set created_by = null where id = $1", [cast.bob.projectId]);
  const { rows: all } = await database.pool.query<{ id: string }>("select id from steward.runs");
  for (const person of [cast.ada, cast.bob]) {
    await asUser(database.apiPool, person.id, "user", async (client) => {
      const { rows: visible } = await client.query<{ id: string }>("select id from steward.runs");
      for (const { id } of all) {
        const told = await call(client, "steward.runs_progress", "steward.runs", { id });
        assert.is(
          told !== null,
          visible.some((run) => run.id === id),
          `${person.username} ${id}`,
        );
      }
    });
  }
});

async function idsOf(type: string, person: Person): Promise<unknown[]> {
  const { rows } = await database.pool.query<{ id: unknown }>(IDS[type]?.(person) ?? "");
  assert.ok(rows.length > 0);
  return rows.map(({ id }) => id);
}

async function call(client: pg.ClientBase, name: string, type: string, row: object): Promise<string | null> {
  const { rows } = await client.query<{ told: string | null }>(
    `select ${name}(jsonb_populate_record(null::${type}, $1))::text as told`,
    [JSON.stringify(row)],
  );
  return rows[0]?.told ?? null;
}

async function callReal(client: pg.ClientBase, name: string, type: string, id: unknown): Promise<string | null> {
  const { rows } = await client.query<{ told: string | null }>(
    `select ${name}(r)::text as told from ${type} r where r.id = $1`,
    [id],
  );
  return rows[0]?.told ?? null;
}

/** Without what passes while the test runs: fractions of seconds, and milliseconds. */
function masked(told: string | null): string | undefined {
  return told
    ?.replaceAll(/:\d\d\.\d+/g, ":")
    .replaceAll(/,\d{2,},/g, ",,")
    .replaceAll(/^(0\.\d).*$/g, "$1");
}

test.run();
