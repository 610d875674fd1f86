// What a signup costs: the insert with all its triggers against the same insert with nothing but one add_jobs call, and 100,000
// in one statement against a bare insert. npm run bench -- signup
import type pg from "pg";
import { size, tell } from "./helpers/figures.ts";
import { at } from "./helpers/percentiles.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";

const SINGLES = size(300, 10);
const BULK = size(100_000, 1_000);
const ROUNDS = size(5, 1);

/** The same columns, keys and checks as app_public.users. */
const COPIES = `
create schema bench;
create table bench.bare (like app_public.users including all);
create table bench.one_job (like app_public.users including all);
create function bench.add_job() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform graphile_worker.add_jobs(array_agg(
    ('onboard', json_build_object('id', id), null, null, null, 'onboard:' || id, null, null)::graphile_worker.job_spec
  )) from new_rows having count(*) > 0;
  return null;
end $$;
create trigger add_job after insert on bench.one_job referencing new table as new_rows
for each statement execute function bench.add_job();`;

const TABLES = { bare: "bench.bare", "one add_jobs": "bench.one_job", steward: "app_public.users" };
type Name = keyof typeof TABLES;
const names = Object.keys(TABLES) as Name[];

const database = await openBenchDatabase();
const client = await database.pool.connect();
try {
  await client.query(COPIES);
  const single: Record<Name, number[]> = { bare: [], "one add_jobs": [], steward: [] };
  const bulk: Record<Name, number[]> = { bare: [], "one add_jobs": [], steward: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const times = await insertSingles(client);
    for (const name of names) single[name].push(at(times[name], 0.5));
    for (const name of names) bulk[name].push(await insertMany(client, TABLES[name]));
    await client.query("truncate graphile_worker._private_jobs");
  }
  const ratios = (of: readonly number[], to: readonly number[]) => of.map((value, n) => value / (to[n] ?? Number.NaN));
  const ms = (name: Name) => at(single[name], 0.5).toFixed(2);
  const rate = (name: Name) => (BULK / (at(bulk[name], 0.5) / 1_000)).toFixed(0);
  await tell({
    figure: {
      what: "signup, one row",
      unit: "x the time of the insert with one `add_jobs`",
      rounds: ratios(single.steward, single["one add_jobs"]),
      atMost: 1.5,
      detail: `${ms("steward")} ms against ${ms("one add_jobs")}; a bare insert ${ms("bare")}`,
    },
  });
  for (const [to, atLeast] of [
    ["bare", 0.25],
    ["one add_jobs", 0.6],
  ] as const)
    await tell({
      figure: {
        what: `signup, ${BULK} rows in one statement`,
        unit: `x the rate of ${to === "bare" ? "a bare insert" : "the insert with one `add_jobs`"}`,
        rounds: ratios(bulk[to], bulk.steward),
        atLeast,
        detail: `${rate("steward")} rows/s against ${rate(to)}`,
      },
    });
} finally {
  client.release();
  await database.close();
}

/** In turns, so that whatever else the machine does falls on all. */
async function insertSingles(db: pg.PoolClient): Promise<Record<Name, number[]>> {
  const times: Record<Name, number[]> = { bare: [], "one add_jobs": [], steward: [] };
  for (let i = 0; i < SINGLES; i++) {
    for (const name of names) {
      const table = TABLES[name];
      const username = crypto.randomUUID();
      const begun = performance.now();
      await db.query({
        name: table,
        text: `insert into ${table} (username, email) values ($1, $2)`,
        values: [username, `${username}@example.test`],
      });
      times[name].push(performance.now() - begun);
    }
  }
  return times;
}

async function insertMany(db: pg.PoolClient, table: string): Promise<number> {
  const prefix = crypto.randomUUID();
  const begun = performance.now();
  await db.query(
    `insert into ${table} (username, email) select $1 || n, $1 || n || '@example.test' from generate_series(1, $2::int) n`,
    [prefix, BULK],
  );
  return performance.now() - begun;
}
