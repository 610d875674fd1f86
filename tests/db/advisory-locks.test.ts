// Each advisory lock has one meaning: its key comes out of one table, and nobody uses it for anything else.
import { globSync, readFileSync } from "node:fs";
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { withLogin } from "../helpers/logins.ts";
import { code } from "../helpers/sql-error.ts";

/** Who may take a lock of each purpose: those who have to wait for each other, and nobody else. */
const USERS: Readonly<Record<string, readonly string[]>> = {
  workers: ["begin_steps", "join_workers", "rejoin_workers", "rescue_steps"],
};

const test = suite("advisory locks");
let database: TestDatabase;

test.before(async () => {
  database = await createDatabase();
});
test.after(() => database.close());

test("every function that takes one names its purpose, and only those take it who are meant to", async () => {
  const { rows } = await database.pool.query<{ name: string; source: string }>(
    `select p.proname as name, p.prosrc as source from pg_proc p
     where p.pronamespace in ('app_public'::regnamespace, 'app_private'::regnamespace, 'steward'::regnamespace, 'steward_private'::regnamespace) and p.prosrc ~ 'advisory\\w*\\('`,
  );
  const found: Record<string, Set<string>> = {};
  for (const { name, source } of rows) {
    const purposes = [...source.matchAll(/advisory_\w+\(steward_private\.lock_class\('(\w+)'\), /g)].map(
      ([, purpose]) => purpose,
    );
    assert.is(purposes.length, source.match(/advisory_\w+\(/g)?.length ?? 0, `${name} takes a lock without lock_class`);
    for (const purpose of purposes) (found[purpose ?? ""] ??= new Set()).add(name);
  }
  assert.equal(
    Object.fromEntries(Object.entries(found).map(([purpose, names]) => [purpose, [...names].sort()])),
    USERS,
  );
});

test("no two purposes share a key, and a purpose that is not in the table is an error", async () => {
  const { rows } = await database.pool.query<{ key: number }>(
    "select distinct steward_private.lock_class(p) as key from unnest($1::text[]) p",
    [Object.keys(USERS)],
  );
  assert.is(rows.length, Object.keys(USERS).length);
  assert.is(await code(database.pool.query("select steward_private.lock_class('something else')")), "20000");
});

test("what looks for workers' locks looks for theirs", async () => {
  const { rows } = await database.pool.query<{ finds: boolean }>(
    "select strpos(pg_get_functiondef('steward_private.find_beats()'::regprocedure), steward_private.lock_class('workers')::text) > 0 as finds",
  );
  assert.is(rows[0]?.finds, true);
});

test("outside of SQL functions only migrations take one, with a key of 64 bits, which no other can be", () => {
  const files = globSync(["packages/steward/src/**/*.ts", "server/**/*.ts", "tasks/*.ts", "scripts/**/*.ts"]).filter(
    (file) => /advisory_\w*lock\w*\(/.test(readFileSync(file, "utf8")),
  );
  assert.equal(files, ["packages/steward/src/migrate/lock.ts"]);
});

test("upkeep is done by one at a time, and nobody without rights can keep the others from it", async () => {
  const [first, second] = [await database.pool.connect(), await database.pool.connect()];
  const takesTurn = async (client: pg.PoolClient, name: string) =>
    (await client.query<{ turn: boolean }>("select steward_private.take_turn($1) as turn", [name])).rows[0]?.turn;
  try {
    for (const name of ["rescue", "mend", "forget"]) {
      await first.query("begin");
      assert.is(await takesTurn(first, name), true);
      assert.is(await takesTurn(second, name), false);
      await first.query("commit");
      assert.is(await takesTurn(second, name), true);
    }
  } finally {
    first.release();
    second.release();
  }
  await withLogin(database, {}, async (stranger) => {
    assert.is(await code(stranger.query("select from steward_private.turns for update")), "42501");
  });
});

test("upkeep goes on after somebody has emptied the table of turns, as a restore without its rows leaves it", async () => {
  await database.pool.query("truncate steward_private.turns");
  for (const name of ["rescue", "mend", "forget"]) {
    const { rows } = await database.pool.query("select steward_private.take_turn($1) as turn", [name]);
    assert.equal(rows, [{ turn: true }]);
  }
  const { rows } = await database.pool.query("select count(*)::int as turns from steward_private.turns");
  assert.equal(rows, [{ turns: 3 }]);
});

test("a worker joins though somebody without any rights holds the locks of the next numbers", () =>
  withLogin(database, {}, async (stranger) => {
    const { rows } = await database.pool.query<{ next: number; key: number }>(
      "select nextval(pg_get_serial_sequence('steward_private.workers', 'id'))::integer + 1 as next, steward_private.lock_class('workers') as key",
    );
    const [{ next, key } = { next: 0, key: 0 }] = rows;
    await stranger.query("select pg_advisory_lock($1, n) from generate_series($2::integer, $2 + 4) n", [key, next]);
    const worker = await database.pool.connect();
    try {
      await worker.query("set statement_timeout = 5000");
      const joined = await worker.query("select steward_private.join_workers('locked-out', 'here', 1, true) as id");
      assert.is(joined.rows[0].id, next + 5);
    } finally {
      worker.release(true);
    }
  }));

test("a worker that has died is taken for gone, though somebody without any rights holds its lock now", () =>
  withLogin(database, {}, async (stranger) => {
    const [dying, other] = [await database.pool.connect(), await database.pool.connect()];
    const join = async (client: pg.PoolClient) =>
      (await client.query<{ id: number }>("select steward_private.join_workers('any', 'here', 1, true) as id")).rows[0]
        ?.id;
    const [gone, alive] = [await join(dying), await join(other)];
    const waiting = stranger.query("select pg_advisory_lock($1, $2)", [
      (await database.pool.query<{ key: number }>("select steward_private.lock_class('workers') as key")).rows[0]?.key,
      gone,
    ]);
    dying.release(true);
    await waiting;
    assert.is((await other.query("select steward_private.is_rescue_due($1) as due", [alive])).rows[0].due, true);
    // In its first seconds a Postgres takes nobody for gone.
    await waitFor(async () => {
      await other.query("select steward_private.rescue_steps($1)", [alive]);
      const { rows } = await database.pool.query<{ id: number }>("select id from steward_private.workers");
      return rows.every(({ id }) => id !== gone) && rows.some(({ id }) => id === alive);
    });
    other.release(true);
  }));

test.run();
