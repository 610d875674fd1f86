// Applications write the tables themselves, with the rights on those tables and none of the engine's: whatever statement they use, what
// must follow is there. As steward_application gives the rights, and as an owner grants them to a role that is in no other.
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { undone, withLogin } from "../helpers/logins.ts";
import { code } from "../helpers/sql-error.ts";

const test = suite("an application's role");
let database: TestDatabase;
let version: number;

/** There from the start: a user, a tenant, and a project of the user in it. */
const given = { user: "", tenant: "", project: "" };

test.before(async () => {
  database = await createDatabase();
  const one = async (sql: string, ...values: unknown[]) =>
    String((await database.pool.query<{ it: unknown }>(sql, values)).rows[0]?.it);
  version = Number(await one("select current_setting('server_version_num') as it"));
  given.user = await one("insert into app_public.users (username) values ('ada') returning id as it");
  given.tenant = await one("insert into app_public.tenants (name) values ('guild') returning id as it");
  given.project = await one(
    "insert into app_public.projects (name, tenant_id, created_by) values ('hall', $1, $2) returning id as it",
    given.tenant,
    given.user,
  );
});
test.after(() => database.close());

const TABLES = ["users", "tenants", "tenant_members", "projects", "project_members", "labels"] as const;
type Table = (typeof TABLES)[number];

const USAGE = "grant usage on schema app_public, steward to LOGIN";
const ROLES: Readonly<Record<string, readonly string[]>> = {
  "a login in steward_application": ["grant steward_application to LOGIN"],
  "a login that was granted just the table": [
    USAGE,
    "grant select, insert, update, delete on app_public.TABLE to LOGIN",
  ],
};

/** Columns and values of a new row, what makes it unique, and a change to it. `who` is a user who is new to tenant and project. */
interface Sample {
  readonly columns: string;
  readonly values: (who: string) => string;
  readonly key: string | null;
  readonly change: string;
}

const SAMPLES: Readonly<Record<Table, Sample>> = {
  users: { columns: "username", values: () => `'${name()}'`, key: "username", change: "display_name = 'Ada'" },
  tenants: { columns: "name", values: () => `'${name()}'`, key: "name", change: "name = t.name || '!'" },
  tenant_members: {
    columns: "tenant_id, user_id",
    values: (who) => `'${given.tenant}'::uuid, '${who}'::uuid`,
    key: "tenant_id, user_id",
    change: "user_id = t.user_id",
  },
  projects: {
    columns: "tenant_id, name",
    values: () => `'${given.tenant}'::uuid, '${name()}'`,
    key: "tenant_id, name",
    change: "description = 'other'",
  },
  project_members: {
    columns: "project_id, user_id, role",
    values: (who) => `'${given.project}'::uuid, '${who}'::uuid, 'member'::app_public.project_role`,
    key: "project_id, user_id",
    change: "role = 'admin'",
  },
  labels: {
    columns: "user_id, label_key",
    values: () => `'${given.user}'::uuid, '${name()}'`,
    key: null,
    change: "label_value = 'red'",
  },
};

const name = () => `name-${randomUUID()}`;

/** What makes a row begin something: how many runs and requested steps there are. */
const FOLLOWED = `select (select count(*) from steward.runs) + (select count(*) from steward.steps)
  + (select count(*) from graphile_worker._private_jobs) + (select count(*) from app_public.project_members)`;
const FOLLOWS_AN_INSERT: readonly Table[] = ["users", "tenant_members", "projects", "project_members"];

/** A row that a login of the application is about to write. */
interface Writing extends Sample {
  readonly client: pg.ClientBase;
  readonly table: string;
  readonly who: string;
  readonly row: string;
}

async function affected(client: pg.ClientBase, sql: string): Promise<number | null> {
  return (await client.query(sql)).rowCount;
}

const STATEMENTS: Readonly<Record<string, (writing: Writing) => Promise<void>>> = {
  async insert({ client, table, columns, row }) {
    const before = await followed();
    assert.is(await affected(client, `insert into ${table} (${columns}) values ${row}`), 1);
    if (FOLLOWS_AN_INSERT.some((each) => table.endsWith(`.${each}`)))
      assert.ok((await followed()) > before, "what must follow does");
  },

  async "insert returning"({ client, table, columns, row }) {
    assert.is(await affected(client, `insert into ${table} (${columns}) values ${row} returning *`), 1);
  },

  async upsert({ client, table, columns, row, key, change }) {
    const insert = `insert into ${table} as t (${columns}) values ${row}`;
    await client.query(insert);
    if (key === null) return;
    assert.is(await affected(client, `${insert} on conflict do nothing returning t.*`), 0);
    assert.is(await affected(client, `${insert} on conflict (${key}) do update set ${change} returning t.*`), 1);
  },

  async "update and delete"(writing) {
    const { client, table, change } = writing;
    const match = await insertOne(writing);
    assert.is(await affected(client, `update ${table} as t set ${change} where ${match}`), 1);
    assert.is(await affected(client, `update ${table} as t set ${change} where ${match} returning t.*`), 1);
    assert.is(await affected(client, `delete from ${table} as t where ${match} returning t.*`), 1);
  },

  async merge(writing) {
    const { client, table, columns, who, values, change } = writing;
    const match = await insertOne(writing);
    const merge = (condition: string, matched: string) =>
      affected(
        client,
        `merge into ${table} t using (select ${values(who)}) s (${columns}) on ${condition}
         when matched then ${matched} when not matched then insert (${columns}) values (${columns.replaceAll(/\w+/g, "s.$&")})
         ${version >= 170_000 ? "returning t.*" : ""}`,
      );
    assert.is(await merge(match, `update set ${change}`), 1);
    assert.is(await merge(match, "delete"), 1);
    assert.is(await merge("false", "do nothing"), 1);
  },

  // Postgres copies into no table with row security, but into one of the session's own.
  async "copy by a table of its own"({ client, table, columns, row }) {
    assert.is(await code(client.query(`copy ${table} (${columns}) from stdin`)), "0A000");
    await undone(client, async () => {
      await client.query(`create temporary table copied as select ${columns} from ${table} with no data`);
      await client.query(`insert into copied values ${row}`);
      assert.is(await affected(client, `insert into ${table} (${columns}) select * from copied`), 1);
    });
  },
};

for (const [role, rights] of Object.entries(ROLES)) {
  for (const table of TABLES) {
    for (const [statement, perform] of Object.entries(STATEMENTS)) {
      test(`${role}: ${statement}: ${table}`, async () => {
        const grants = rights.map((right) => right.replace("TABLE", table));
        const who = await newUser();
        const row = `(${SAMPLES[table].values(who)})`;
        await withLogin(database, { rights: grants }, (client) =>
          perform({ ...SAMPLES[table], client, table: `app_public.${table}`, who, row }),
        );
      });
    }
  }
}

test("a login that may insert and nothing else can do so, and only that", () =>
  withLogin(database, { rights: [USAGE, "grant insert (username) on app_public.users to LOGIN"] }, async (client) => {
    const before = await followed();
    await client.query(`insert into app_public.users (username) select '${name()}' || n from generate_series(1, 30) n`);
    assert.ok((await followed()) >= before + 30);
    assert.is(
      await code(client.query(`insert into app_public.users (username) values ('${name()}') returning id`)),
      "42501",
    );
    assert.is(await code(client.query("update app_public.users set email = null")), "42501");
    assert.is(await code(client.query("delete from app_public.users")), "42501");
    assert.is(await code(client.query("select from steward.runs")), "42501");
  }));

test("an insert that is rolled back leaves nothing", () =>
  withLogin(database, { rights: ["grant steward_application to LOGIN"] }, async (client) => {
    const before = await followed();
    await undone(client, () => client.query(`insert into app_public.users (username) values ('${name()}')`));
    assert.is(await followed(), before);
  }));

test("a login that bypasses row security copies straight into the table", () =>
  withLogin(
    database,
    { attributes: "bypassrls", rights: ["grant steward_application, pg_execute_server_program to LOGIN"] },
    async (client) => {
      const before = await followed();
      await client.query(`copy app_public.users (username) from program 'printf "copied-1\\ncopied-2\\n"'`);
      assert.ok((await followed()) >= before + 2);
    },
  ));

test("it sees what becomes of its rows, and reaches nothing of the engine", () =>
  withLogin(database, { rights: ["grant steward_application to LOGIN"] }, async (client) => {
    const { rows } = await client.query("select kind, status from steward.runs r where r.subject_id = $1", [
      given.user,
    ]);
    assert.equal(rows, [{ kind: "user_signup", status: "pending" }]);
    for (const refused of [
      "select from steward.lanes",
      "select from graphile_worker.jobs",
      "select from steward.jobs",
      "update steward.runs set status = 'succeeded'",
      "insert into steward.steps (run_id, name, lane, max_attempts) values (gen_random_uuid(), 'x', 'x', 1)",
      "update app_public.user_credits set balance = 1000",
      "select from app_public.documents",
      `select app_public.delete_user('${given.user}')`,
      `select steward.start_runs('user_signup', 'app_public.users', array['${given.user}'])`,
      "select graphile_worker.add_job('drain')",
      "truncate app_public.labels",
      "create trigger t after insert on app_public.users execute function app_private.tg_users__start_signup()",
    ]) {
      assert.is(await code(client.query(refused)), "42501", refused);
    }
  }));

test("a login that may read a table for reports reads all of it, and may do no more", () =>
  withLogin(database, { rights: [USAGE, "grant select on steward.runs to LOGIN"] }, async (client) => {
    const count = "select count(*) from steward.runs";
    assert.equal((await client.query(count)).rows, (await database.pool.query(count)).rows);
    assert.is(await code(client.query("select from app_public.users")), "42501");
  }));

test("a login that is in the role of a user's token too is narrowed to that user's rows", () =>
  withLogin(database, { rights: ["grant steward_application, steward_user to LOGIN"] }, async (client) => {
    assert.is(await affected(client, "select from app_public.users"), 0);
    assert.is(await code(client.query(`insert into app_public.users (username) values ('${name()}')`)), "42501");
  }));

test("no promise was broken", async () => {
  assert.equal(await violations(database.pool), []);
});

/** Inserts the row and returns the condition that only it meets. */
async function insertOne({ client, table, columns, row, who }: Writing): Promise<string> {
  const { rows } = await client.query<{ id?: string }>(`insert into ${table} (${columns}) values ${row} returning *`);
  const id = rows[0]?.id;
  return id === undefined ? `t.user_id = '${who}'` : `t.id = '${id}'`;
}

async function newUser(): Promise<string> {
  const { rows } = await database.pool.query<{ id: string }>(
    "insert into app_public.users (username) values ($1) returning id",
    [name()],
  );
  return String(rows[0]?.id);
}

async function followed(): Promise<number> {
  const { rows } = await database.pool.query<{ count: string }>(`${FOLLOWED} as count`);
  return Number(rows[0]?.count);
}

test.run();
