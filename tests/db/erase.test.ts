// A deleted user's name and address are in no row of the database any more, also not in what errors said.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { mustBegin } from "../helpers/lifecycle.ts";

const test = suite("erase");
let database: TestDatabase;
let db: pg.Pool;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
});
test.after(() => database.close());

/** Tables with a row that holds the text anywhere, as a search through a dump finds them. */
async function found(text: string): Promise<string[]> {
  const { rows: tables } = await db.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1`,
  );
  assert.ok(tables.length > 30);
  const holding: string[] = [];
  for (const { name } of tables) {
    const { rows } = await db.query(`select from ${name} t where t::text ilike $1 limit 1`, [`%${text}%`]);
    if (rows.length > 0) holding.push(name);
  }
  return holding;
}

async function failStep(runKind: string, outcome: string): Promise<void> {
  const { rows } = await db.query<{ id: string }>(
    `select s.id from steward.steps s join steward.runs r on r.id = s.run_id
     where r.kind = $1 and r.status in ('pending', 'running') and s.status = 'queued' order by s.id limit 1`,
    [runKind],
  );
  const { step_id, lease } = await mustBegin(db, rows[0]?.id ?? "", 901);
  const said = "zaphod (zaphod@betelgeuse.test) was refused";
  await db.query("select steward_private.fail_step($1, $2, $3, 'ST403', $4, null, null, $4)", [
    step_id,
    lease,
    outcome,
    said,
  ]);
}

test("nothing names them, but what their deletion needs; and that neither, once it is over", async () => {
  const { rows } = await db.query<{ id: string }>(
    "insert into app_public.users (username, email) values ('zaphod', 'zaphod@betelgeuse.test') returning id",
  );
  await failStep("user_signup", "later");
  await failStep("user_signup", "never");
  assert.ok((await found("zaphod")).includes("steward_private.past_attempts"));
  await db.query("delete from app_public.users where id = $1", [rows[0]?.id]);
  assert.equal(await found("betelgeuse"), []);
  assert.equal(await found("zaphod"), ["steward.runs"], "the name alone, by which the account at the cloud is found");
  await failStep("user_deletion", "later");
  await db.query("update steward.runs set input = input - 'username' where kind = 'user_deletion'");
  await db.query("update steward.steps set error_message = null, status = 'succeeded' where status = 'retrying'");
  await db.query("select steward.erase(run => id) from steward.runs where kind = 'user_deletion'");
  assert.equal(await found("zaphod"), []);
});

test("others' runs stay as they are", async () => {
  await db.query("insert into app_public.users (username) values ('trillian'), ('marvin')");
  await failStep("user_signup", "later");
  await failStep("user_signup", "later");
  await db.query("delete from app_public.users where username = 'marvin'");
  const { rows } = await db.query(
    "select count(*)::int as kept from steward.attempts where words is not null or error_message is not null",
  );
  assert.equal(rows, [{ kept: 1 }]);
});

test.run();
