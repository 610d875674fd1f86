// An application may keep what somebody wants to delete: a foreign key without cascade, a trigger that refuses or does something else.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startApi, type TestApi, token } from "../../helpers/api.ts";
import { type Cast, castOf } from "../../helpers/cast.ts";
import { code } from "../../helpers/sql-error.ts";

const test = suite("refusals of the application");
let api: TestApi;
let cast: Cast;

const TABLES = {
  deleteUser: { table: "app_public.users", error: "ST214", thing: "user", id: () => cast.bob.id },
  deleteProject: { table: "app_public.projects", error: "ST314", thing: "project", id: () => cast.ada.projectId },
} as const;

test.before(async () => {
  api = await startApi();
  cast = await castOf(api.database.pool);
});
test.after(() => api.close());

for (const [mutation, { table, error, thing, id }] of Object.entries(TABLES)) {
  const attempt = async () => {
    const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`;
    const text = `mutation ($input: ${type}) { ${mutation}(input: $input) { run { id } } }`;
    const { errors } = await api.send(await token("admin"), text, { input: { id: id() } });
    const [{ message, extensions } = { message: "none", extensions: {} as Readonly<Record<string, unknown>> }] = errors;
    assert.ok(extensions["next"], "it says what to do next");
    return `${extensions["code"]} ${message}`;
  };
  const inSql = () => code(api.database.pool.query(`select app_public.delete_${thing}($1)`, [id()]));
  const isThere = async () => (await api.database.pool.query(`select from ${table} where id = $1`, [id()])).rowCount;

  test(`${mutation}: rows that refer to it are told, with their table and constraint`, async () => {
    await api.database.pool.query(
      `create table public.invoices (number text, of_${thing} uuid constraint invoices_of_${thing} references ${table}); `,
    );
    await api.database.pool.query("insert into public.invoices values ('secret 1', $1)", [id()]);
    assert.is(await attempt(), `${error} Rows of invoices refer to the ${thing} (invoices_of_${thing}).`);
    assert.is(await inSql(), error);
    await api.database.pool.query(
      `alter table public.invoices alter constraint invoices_of_${thing} deferrable initially deferred`,
    );
    assert.is(await attempt(), `ST117 Rows of invoices stand against this change (invoices_of_${thing}).`);
    assert.is(await isThere(), 1);
    await api.database.pool.query("drop table public.invoices");
  });

  test(`${mutation}: a trigger that refuses, or turns the delete into an update, is told as one`, async () => {
    for (const body of [
      "raise exception 'the secret is 42'",
      `update ${table} set created_at = now() where false; return null`,
    ]) {
      await api.database.pool.query(
        `create function public.keep() returns trigger language plpgsql as $$begin ${body}; end$$;
         create trigger keep before delete on ${table} for each row execute function public.keep()`,
      );
      assert.is(await attempt(), `${error} A trigger or a rule of the application keeps the ${thing}.`);
      assert.is(await inSql(), error);
      assert.is(await isThere(), 1);
      await api.database.pool.query("drop function public.keep cascade");
    }
  });
}

test("whoever is not there is still nobody", async () => {
  const missing = crypto.randomUUID();
  assert.is(await code(api.database.pool.query("select app_public.delete_user($1)", [missing])), "ST207");
});

test.run();
