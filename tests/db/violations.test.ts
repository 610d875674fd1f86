// Rows without what must have followed them are broken promises, whatever kept it from following.

import { withClient } from "steward/migrate/connect";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { code } from "../helpers/sql-error.ts";

const test = suite("violations");
let database: TestDatabase;

test.before(async () => {
  database = await createDatabase();
});
test.after(() => database.close());

async function found(): Promise<string[]> {
  const { rows } = await database.pool.query<{ violation: string }>(
    "select violation from steward.violations order by 1",
  );
  return rows.map(({ violation }) => violation);
}

test("what was inserted while triggers were off is missing its run; what came as usual is not", async () => {
  await database.pool.query("insert into app_public.users (username) values ('usual')");
  assert.equal(await found(), []);
  await withClient({ connectionString: database.superuserUrl }, async (superuser) => {
    await superuser.query("set session_replication_role = replica");
    await superuser.query("insert into app_public.users (username) values ('restored')");
    await superuser.query("insert into app_public.projects (name) values ('restored')");
  });
  assert.equal(await found(), ["P1: a project has no provisioning run", "P1: a user has no signup run"]);
});

test("a project's status that is not its run's, and a user without credits, are told with their runs", async () => {
  await database.pool.query("insert into app_public.projects (name) values ('untrue')");
  await database.pool.query("update app_public.projects set status = 'active' where name = 'untrue'");
  await database.pool.query("delete from app_public.user_credits");
  const { rows } = await database.pool.query<{ violation: string }>(
    "select violation from steward.violations where run_id is not null order by 1",
  );
  assert.equal(
    rows.map(({ violation }) => violation),
    ["P2: a user has no credits or no type", "P6: a project's status is not that of its provisioning"],
  );
});

test("a check must be a function that is there", async () => {
  assert.is(await code(database.pool.query("select steward.add_check('app_private.no_such_function')")), "ST420");
});

test.run();
