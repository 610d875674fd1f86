// An owner who may create nothing but what is in its database, on a server where an administrator has made just the roles that must be.
import type pg from "pg";
import { withClient } from "steward/migrate/connect";
import { startPostgres } from "steward/testing/postgres";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { migrateAll } from "../../../server/migrate.ts";

const test = suite("an owner without the right to create roles");

test("needs the two roles of tokens; an application's rights may go to any role", async () => {
  const superuserUrl = await startPostgres();
  await run(
    superuserUrl,
    `create role steward_user nologin; create role steward_admin nologin;
     create role steward_api login noinherit password 'api'; grant steward_user, steward_admin to steward_api;
     create role plain login password 'plain'; create role shop login password 'shop'`,
    "create database plain owner plain",
  );
  const as = (name: string) => {
    const url = new URL(superuserUrl);
    url.pathname = "/plain";
    [url.username, url.password] = [name, name.replace("steward_", "")];
    return url.href;
  };
  await migrateAll({ connectionString: as("plain"), apiUrl: as("steward_api") });
  assert.equal(await run(as("plain"), "select to_regrole('steward_application') as it"), [{ it: null }]);

  await run(
    as("plain"),
    "grant usage on schema app_public to shop",
    "grant select, insert on app_public.users to shop",
  );
  await run(as("shop"), "insert into app_public.users (username) values ('ada') returning id");
  assert.equal(await run(as("plain"), "select kind, status from steward.runs"), [
    { kind: "user_signup", status: "pending" },
  ]);
});

/** Returns the rows of the last statement. */
function run(connectionString: string, ...statements: string[]): Promise<unknown[]> {
  return withClient({ connectionString }, async (client) => {
    let result: pg.QueryResult | undefined;
    for (const statement of statements) result = await client.query(statement);
    return result?.rows ?? [];
  });
}

test.run();
