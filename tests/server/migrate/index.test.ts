import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { StewardError } from "steward/errors";
import { migrate } from "steward/migrate";
import { withClient } from "steward/migrate/connect";
import { withLock } from "steward/migrate/lock";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createCopy, createEmptyDatabase, type TestDatabase } from "../../helpers/database.ts";

const CREATE = "migrations/000001_create_things.sql";
const COUNT = "functions/shop/count_things.sql";
const THINGS = "create schema shop; create table shop.things (id int primary key);";
const countThings = (plus: number) => `
  create or replace function shop.count_things() returns bigint language sql stable set search_path = ''
  return (select count(*) + ${plus} from shop.things);`;

interface Context {
  database: TestDatabase;
  folder: string;
}
const test = suite<Context>("migrate");
/** With the engine, and nothing of an application. */
let engine: TestDatabase;

test.before(async () => {
  engine = await createEmptyDatabase();
  await migrate({ connectionString: engine.ownerUrl });
});
test.after(() => engine.close());
test.before.each(async (context) => {
  context.database = await createCopy(engine);
  context.folder = await mkdtemp(join(tmpdir(), "steward-migrations-"));
  await write(context, CREATE, THINGS);
  await write(context, COUNT, countThings(0));
});
test.after.each(async ({ database, folder }) => {
  await database.close();
  await rm(folder, { recursive: true });
});

test("applies everything once, in order", async (context) => {
  assert.equal(await run(context), [CREATE, COUNT]);
  assert.equal(await run(context), []);
  assert.equal(await count(context), "0");
});

test("twenty at once all succeed on an empty database, and apply everything once, the engine first", async ({
  folder,
}) => {
  const database = await createEmptyDatabase();
  try {
    const all = (await Promise.all(Array.from({ length: 20 }, () => run({ database, folder })))).flat();
    assert.is(new Set(all).size, all.length);
    assert.ok(all.includes("graphile-worker"));
    assert.ok(all.includes("migrations/000001_create_definitions.sql"));
    assert.ok(all.includes(CREATE) && all.includes(COUNT));
    const { rows } = await database.pool.query(
      "select max(e.applied_at) <= min(a.applied_at) as engine_first from steward_private.applied e, app_migrations.applied a",
    );
    assert.is(rows[0].engine_first, true);
    assert.equal(await run({ database, folder }), []);
  } finally {
    await database.close();
  }
});

test("refuses a migration that was edited after it was applied, naming it", async (context) => {
  await run(context);
  await write(context, CREATE, `${THINGS} -- innocent`);
  await refused(context, "ST820", /migrations\/000001_create_things\.sql was edited/);
});

test("a checkout with other line ends is no edit", async (context) => {
  await write(context, CREATE, THINGS.replace("; ", ";\n"));
  await run(context);
  await write(context, CREATE, THINGS.replace("; ", ";\r\n"));
  assert.equal(await run(context), []);
});

test("refuses a missing migration, a database newer than the code, and a late migration", async (context) => {
  await write(context, "migrations/000003_add_name.sql", "alter table shop.things add name text;");
  await run(context);
  await rm(join(context.folder, CREATE));
  await refused(context, "ST821", /000001_create_things\.sql .* is missing/);
  await write(context, CREATE, THINGS);
  await write(context, "migrations/000002_add_age.sql", "alter table shop.things add age int;");
  await refused(context, "ST823", /000002_add_age\.sql is new, but/);
  await rm(join(context.folder, "migrations/000002_add_age.sql"));
  await rm(join(context.folder, "migrations/000003_add_name.sql"));
  await refused(context, "ST822", /newer than this code.*000003/);
});

test("refuses a number used twice and a name that says no order", async (context) => {
  await write(context, "migrations/000001_again.sql", "select 1;");
  await refused(context, "ST823", /same number/);
  await rm(join(context.folder, "migrations/000001_again.sql"));
  await write(context, "migrations/later.sql", "select 1;");
  await refused(context, "ST823", /later\.sql is misnamed/);
});

test("applies a function again when it changed, and only then", async (context) => {
  await run(context);
  await write(context, COUNT, countThings(7));
  assert.equal(await run(context), [COUNT]);
  assert.equal(await count(context), "7");
});

test("applies all functions again after a migration, which may have dropped what they made", async (context) => {
  await run(context);
  await write(context, "migrations/000002_drop_count.sql", "drop function shop.count_things();");
  assert.equal(await run(context), ["migrations/000002_drop_count.sql", COUNT]);
  assert.equal(await count(context), "0");
});

test("functions may depend on each other in any order", async (context) => {
  await write(
    context,
    "functions/shop/a_first.sql",
    `create or replace function shop.a_first() returns bigint language sql stable set search_path = ''
     as $$ select shop.count_things() + 1 $$;`,
  );
  await run(context);
  const { rows } = await context.database.pool.query("select shop.a_first() as answer");
  assert.is(rows[0].answer, "1");
});

test("a function file that is gone and comes back is applied again", async (context) => {
  await run(context);
  await rm(join(context.folder, COUNT));
  assert.equal(await run(context), []);
  await context.database.pool.query("drop function shop.count_things()");
  await write(context, COUNT, countThings(0));
  assert.equal(await run(context), [COUNT]);
});

test("functions that no file makes any more are named in the log", async (context) => {
  await write(context, "functions/shop/other.sql", countThings(0).replace("count_things()", "other()"));
  assert.equal(await leftovers(context), []);
  await rm(join(context.folder, COUNT));
  await write(context, "functions/shop/other.sql", countThings(0).replace("count_things()", "other(changed int)"));
  assert.equal(await leftovers(context), ["shop.count_things()", "shop.other()", "shop.other(integer)"]);
});

test("a broken migration leaves nothing behind, says where it broke, and can be corrected", async (context) => {
  const name = "migrations/000002_break.sql";
  await write(context, name, "create table shop.half (id int);\nalter table shop.absent add name text;");
  await refused(context, "ST824", /migrations\/000002_break\.sql.*relation "shop\.absent" does not exist/);
  assert.is(await exists(context, "shop.half"), false);
  assert.is(await exists(context, "shop.things"), true);
  await write(context, name, "create table shop.half (id int);");
  assert.equal(await run(context), [name, COUNT]);
});

test("a broken function leaves the others as they were, with the line in the message", async (context) => {
  await run(context);
  await write(context, COUNT, countThings(1));
  await write(context, "functions/shop/z_broken.sql", "\n\ncreate functoin nonsense;");
  await refused(context, "ST824", /z_broken\.sql:3: syntax error/);
  assert.is(await count(context), "0");
});

test("a function whose body cannot work is refused, although checks wait until all are there", async (context) => {
  await write(
    context,
    "functions/shop/wrong.sql",
    "create or replace function shop.wrong() returns int language sql as $$ select absent from shop.things $$;",
  );
  await refused(context, "ST824", /wrong\.sql:1: column "absent" does not exist/);
});

test("a migration may run outside a transaction", async (context) => {
  await write(
    context,
    "migrations/000002_index.sql",
    "-- Locks nothing for long.\n-- no transaction\ncreate index concurrently things_id on shop.things (id);",
  );
  const all = await Promise.all(Array.from({ length: 5 }, () => run(context)));
  assert.is(all.flat().filter((name) => name.includes("000002_index")).length, 1);
  assert.is(await exists(context, "shop.things_id"), true);
});

test("a role that another server lacks, as after a restore there, is made again with what it was granted", async (context) => {
  const { database } = context;
  const role = `Reader ${randomBytes(4).toString("hex")}`;
  await write(context, CREATE, `create role "${role}"; ${THINGS} grant select on shop.things to "${role}";`);
  await run(context);
  await database.pool.query(`revoke select on shop.things from "${role}"; drop role "${role}"`);
  assert.equal(await run(context), []);
  const { rows } = await database.pool.query("select has_table_privilege($1, 'shop.things', 'select') as may", [role]);
  assert.is(rows[0].may, true);
  await database.pool.query(`revoke select on shop.things from "${role}"; drop role "${role}"`);
});

test("says why there is no connection", async ({ database, folder }) => {
  const reason = (connectionString: string) =>
    migrate({ connectionString, folder }).then(
      () => "it connected",
      (error: unknown) => (error instanceof StewardError ? `${error.code} ${error.message}` : String(error)),
    );
  assert.match(await reason("postgres://nobody:x@127.0.0.1:1/none"), /^ST901 .*ECONNREFUSED/);
  assert.match(
    await reason(database.ownerUrl.replace("steward_owner@", "wrong@")),
    /^ST901 .*password authentication failed/,
  );
});

test("up to date waits for nobody who migrates", async (context) => {
  await run(context);
  await withClient({ connectionString: context.database.ownerUrl }, (other) =>
    withLock(other, async () => assert.equal(await run(context), [])),
  );
});

async function write({ folder }: Context, name: string, sql: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), sql);
}

async function run({ database, folder }: Context): Promise<string[]> {
  return (await migrate({ connectionString: database.ownerUrl, folder })).applied;
}

/** What the log of a migration warns of. */
async function leftovers({ database, folder }: Context): Promise<unknown[]> {
  const warned: unknown[] = [];
  const log = {
    info: () => undefined,
    warn: (details: { functions?: unknown[] }) => warned.push(...(details.functions ?? [])),
  };
  await migrate({ connectionString: database.ownerUrl, folder, log });
  return warned;
}

async function refused(context: Context, code: string, sentence: RegExp): Promise<void> {
  const error = await run(context).then(
    () => assert.unreachable("it was not refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StewardError)) throw error;
  assert.is(error.code, code);
  assert.match(error.message, sentence);
}

async function count({ database }: Context): Promise<string> {
  return (await database.pool.query("select shop.count_things() as count")).rows[0].count;
}

async function exists({ database }: Context, name: string): Promise<boolean> {
  return (await database.pool.query("select to_regclass($1) is not null as found", [name])).rows[0].found;
}

test.run();
