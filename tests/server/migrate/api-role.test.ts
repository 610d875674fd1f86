import { randomBytes } from "node:crypto";
import pg from "pg";
import { StewardError } from "steward/errors";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { migrateAll, rolesLacking } from "../../../server/migrate.ts";
import { createDatabase, createEmptyDatabase, type TestDatabase } from "../../helpers/database.ts";

interface Context {
  database: TestDatabase;
  /** A connection string of a role that is not there yet. */
  apiUrl: string;
  name: string;
}
const test = suite<Context>("the API's login role");

test.before.each(async (context) => {
  context.database = await createDatabase();
  context.name = `api_${randomBytes(4).toString("hex")}`;
  context.apiUrl = withLogin(context.database.ownerUrl, context.name, "s3cret/%:é");
});
test.after.each(({ database }) => database.close());

test("is made with the password of its URL, and becomes what a token says", async ({ database, apiUrl }) => {
  await run(database, apiUrl);
  assert.equal(await asApi(apiUrl, "set role steward_admin; select current_user::text as it"), "steward_admin");
  assert.equal(
    await asApi(apiUrl, "select rolinherit::text as it from pg_roles where rolname = current_user"),
    "false",
  );
});

test("sees nothing before it takes a role, and inherits nothing", async ({ database, apiUrl }) => {
  await run(database, apiUrl);
  const error = await asApi(apiUrl, "select count(*) from app_public.users").catch((reason: unknown) => reason);
  assert.ok(error instanceof pg.DatabaseError && error.code === "42501", String(error));
});

test("without a role that it lost the doctor says so, and migrating gives it back", async ({
  database,
  apiUrl,
  name,
}) => {
  assert.equal(await rolesLacking(database.pool, apiUrl), ["steward_user", "steward_admin"], "there is no such login");
  await run(database, apiUrl);
  assert.equal(await rolesLacking(database.pool, apiUrl), []);
  await database.pool.query(`revoke steward_user from ${name}`);
  assert.equal(await rolesLacking(database.pool, apiUrl), ["steward_user"]);
  await run(database, apiUrl);
  assert.equal(await rolesLacking(database.pool, apiUrl), []);
});

test("is left alone when it is right, and set right when it is not", async ({ database, apiUrl, name }) => {
  await run(database, apiUrl);
  const before = await storedPassword(database, name);
  await run(database, apiUrl);
  assert.is(await storedPassword(database, name), before);

  await database.pool.query(`alter role ${name} inherit nologin`);
  await run(database, apiUrl);
  assert.is(await asApi(apiUrl, "select rolinherit::text as it from pg_roles where rolname = current_user"), "false");

  const changed = withLogin(apiUrl, name, "another");
  await run(database, changed);
  assert.is(await asApi(changed, "select 'in' as it"), "in");
  await asApi(apiUrl, "select 1").then(
    () => assert.unreachable("the old password still opens"),
    () => undefined,
  );
});

test("the password never reaches the server in the clear", async ({ database, apiUrl, name }) => {
  await run(database, apiUrl);
  assert.match(await storedPassword(database, name), /^SCRAM-SHA-256\$4096:/);
});

test("ten databases' worth of processes at once agree on it", async ({ database, apiUrl }) => {
  const others = await Promise.all([createDatabase(), createDatabase(), createDatabase()]);
  try {
    await Promise.all([database, ...others, database, ...others].map((one) => run(one, apiUrl)));
    assert.is(await asApi(apiUrl, "set role steward_user; select current_user::text as it"), "steward_user");
  } finally {
    await Promise.all(others.map((one) => one.close()));
  }
});

test("a name or password that needs quoting is no trouble", async ({ database, name }) => {
  const odd = withLogin(database.ownerUrl, `${name} "o'dd"; --`, "'; drop table app_public.users; --");
  await run(database, odd);
  assert.is(await asApi(odd, "select 'in' as it"), "in");
});

test("the owner and superusers are refused: row security would not hold", async ({ database }) => {
  await refused(database, database.ownerUrl, "ST827");
  await refused(database, database.superuserUrl, "ST827");
});

test("a login that is there for something else keeps its password, its rights and its memberships", async (context) => {
  const { database, apiUrl, name } = context;
  const administrator = await connect(database.superuserUrl);
  const attributes = async () =>
    (await administrator.query("select * from pg_authid where rolname = $1", [name])).rows[0];
  try {
    await administrator.query(`create role ${name} login inherit password 'another' valid until '2030-01-01'`);
    const before = await attributes();
    await refused(database, apiUrl, "ST829");
    await refused(database, withLogin(apiUrl, name, "another"), "ST829");
    assert.equal(await attributes(), before);
    const { rows } = await administrator.query("select from pg_auth_members where member = $1::regrole", [name]);
    assert.is(rows.length, 0);
  } finally {
    await administrator.query(`drop role ${name}`);
    await administrator.end();
  }
});

test("a login that was made for another database is used as it is, and not changed from here", async ({
  database,
  apiUrl,
  name,
}) => {
  await run(database, apiUrl);
  const other = await createDatabase();
  try {
    const before = await storedPassword(database, name);
    await run(other, onDatabaseOf(other, apiUrl));
    await refused(other, withLogin(onDatabaseOf(other, apiUrl), name, "another"), "ST829");
    assert.is(await storedPassword(database, name), before);
  } finally {
    await other.close();
  }
});

test("a login that may bypass row security, or become one that may, is refused", async ({ database, apiUrl, name }) => {
  const administrator = await connect(database.superuserUrl);
  try {
    await administrator.query(`create role ${name} login noinherit password 's3cret/%:é' in role pg_read_all_data`);
    await refused(database, apiUrl, "ST827");
  } finally {
    await administrator.query(`drop role ${name}`);
    await administrator.end();
  }
});

test("an owner of nothing but the database needs no more once an administrator has made the roles", async (context) => {
  const { apiUrl, name } = context;
  const empty = await createEmptyDatabase();
  const administrator = await connect(empty.superuserUrl);
  const owner = `owner_${name}`;
  try {
    await administrator.query(`create role ${owner} login password 'owner'`);
    await administrator.query(`alter database ${new URL(empty.ownerUrl).pathname.slice(1)} owner to ${owner}`);
    const plain = { ownerUrl: withLogin(empty.ownerUrl, owner, "owner") };
    await refused(plain, apiUrl, "ST826");
    await administrator.query(`create role ${name} login noinherit password 's3cret/%:é'`);
    await administrator.query(`grant steward_user, steward_admin to ${name}`);
    await run(plain, apiUrl);
    assert.is(await asApi(apiUrl, "set role steward_user; select current_user::text as it"), "steward_user");
  } finally {
    await administrator.end();
    await empty.close();
  }
});

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

function withLogin(url: string, name: string, password: string): string {
  const changed = new URL(url);
  changed.username = encodeURIComponent(name);
  changed.password = encodeURIComponent(password);
  return changed.href;
}

function onDatabaseOf(database: TestDatabase, url: string): string {
  const changed = new URL(url);
  changed.pathname = new URL(database.ownerUrl).pathname;
  return changed.href;
}

async function run(database: Pick<TestDatabase, "ownerUrl">, apiUrl: string): Promise<void> {
  await migrateAll({ connectionString: database.ownerUrl, apiUrl });
}

async function refused(database: Pick<TestDatabase, "ownerUrl">, apiUrl: string, code: string): Promise<void> {
  const error = await run(database, apiUrl).then(
    () => assert.unreachable("it was not refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StewardError)) throw error;
  assert.is(error.code, code);
}

/** The column `it` of the last statement's row. */
async function asApi(apiUrl: string, sql: string): Promise<unknown> {
  const client = await connect(apiUrl);
  try {
    const results = [await client.query(sql)].flat();
    return results.at(-1)?.rows[0]?.it;
  } finally {
    await client.end();
  }
}

async function storedPassword(database: TestDatabase, name: string): Promise<string> {
  const client = await connect(database.superuserUrl);
  try {
    return (await client.query("select rolpassword from pg_authid where rolname = $1", [name])).rows[0].rolpassword;
  } finally {
    await client.end();
  }
}

test.run();
