// What an attached table costs: single inserts, and 100,000 rows in one statement, against the same table with one add_jobs call in
// a trigger. The lifecycle has one step. npm run bench -- attach
import type pg from "pg";
import { size, tell } from "./helpers/figures.ts";
import { at } from "./helpers/percentiles.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";

const SINGLES = size(300, 10);
const BULK = size(100_000, 1_000);
const ROUNDS = size(5, 1);

const TABLES = { "one add_jobs": "bench.one_job", attached: "bench.attached" };
type Name = keyof typeof TABLES;
const names = Object.keys(TABLES) as Name[];

const SET_UP = `
create schema bench;
create table bench.one_job (id bigint generated always as identity primary key, name text not null);
create table bench.attached (like bench.one_job including all);
create function bench.add_job() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform graphile_worker.add_jobs(array_agg(
    ('work', json_build_object('id', id), null, null, null, 'work:' || id, null, null)::graphile_worker.job_spec
  )) from new_rows having count(*) > 0;
  return null;
end $$;
create trigger add_job after insert on bench.one_job referencing new table as new_rows
for each statement execute function bench.add_job();
select steward.define_lifecycle('bench_attached', 'One step.', '{"work": {}}');
select steward.attach('bench.attached', on_insert => 'bench_attached', owner => 'id');`;

const database = await openBenchDatabase();
const client = await database.pool.connect();
try {
  await client.query(SET_UP);
  const single: Record<Name, number[]> = { "one add_jobs": [], attached: [] };
  const bulk: Record<Name, number[]> = { "one add_jobs": [], attached: [] };
  await insertSingles(client, { "one add_jobs": [], attached: [] }); // plans and caches
  for (let round = 0; round < ROUNDS; round++) {
    const times: Record<Name, number[]> = { "one add_jobs": [], attached: [] };
    await insertSingles(client, times);
    for (const name of names) single[name].push(at(times[name], 0.5));
    for (const name of names) bulk[name].push(await insertMany(client, TABLES[name]));
    await client.query("truncate graphile_worker._private_jobs, steward.steps, steward.runs");
  }
  const ratios = (of: readonly number[], to: readonly number[]) => of.map((value, n) => value / (to[n] ?? Number.NaN));
  const ms = (name: Name) => at(single[name], 0.5).toFixed(2);
  const rate = (name: Name) => (BULK / (at(bulk[name], 0.5) / 1_000)).toFixed(0);
  await tell({
    figure: {
      what: "an attached table, one row",
      unit: "x the time of the insert with one `add_jobs`",
      rounds: ratios(single.attached, single["one add_jobs"]),
      atMost: 1.3,
      detail: `${ms("attached")} ms against ${ms("one add_jobs")}`,
    },
  });
  await tell({
    figure: {
      what: `an attached table, ${BULK} rows in one statement`,
      unit: "x the rate of the insert with one `add_jobs`",
      rounds: ratios(bulk["one add_jobs"], bulk.attached),
      atLeast: 0.5,
      detail: `${rate("attached")} rows/s against ${rate("one add_jobs")}`,
    },
  });
} finally {
  client.release();
  await database.close();
}

/** In turns, so that whatever else the machine does falls on both. */
async function insertSingles(db: pg.PoolClient, times: Record<Name, number[]>): Promise<void> {
  for (let i = 0; i < SINGLES; i++) {
    for (const name of names) {
      const table = TABLES[name];
      const begun = performance.now();
      await db.query({ name: table, text: `insert into ${table} (name) values ($1)`, values: [`name ${i}`] });
      times[name].push(performance.now() - begun);
    }
  }
}

async function insertMany(db: pg.PoolClient, table: string): Promise<number> {
  await db.query("checkpoint");
  const begun = performance.now();
  await db.query(`insert into ${table} (name) select 'name ' || n from generate_series(1, ${BULK}) n`);
  return performance.now() - begun;
}
