// What a signup costs: the insert with all its triggers against the same insert with nothing but one add_jobs call, and 100,000
// in one statement against a bare insert. npm run bench -- signup
import type pg from "pg";
import { at } from "./helpers/percentiles.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";

const SINGLES = 500;
const BULK = 100_000;
const ROUNDS = 3;

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
    for (const name of names) single[name].push(...(await insertSingles(client, TABLES[name])));
    for (const name of names) bulk[name].push(await insertMany(client, TABLES[name]));
    await client.query("truncate graphile_worker._private_jobs");
  }
  console.log(`One user, one connection, ms p50 / p99 (${SINGLES * ROUNDS} each):`);
  for (const name of names)
    console.log(`  ${name.padEnd(14)} ${at(single[name], 0.5).toFixed(2)} / ${at(single[name], 0.99).toFixed(2)}`);
  console.log(`  steward / one add_jobs: ${(at(single.steward, 0.5) / at(single["one add_jobs"], 0.5)).toFixed(2)}x`);
  console.log(`${BULK} users in one statement, users/s (median of ${ROUNDS}):`);
  for (const name of names) console.log(`  ${name.padEnd(14)} ${(BULK / (at(bulk[name], 0.5) / 1_000)).toFixed(0)}`);
} finally {
  client.release();
  await database.close();
}

async function insertSingles(db: pg.PoolClient, table: string): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < SINGLES; i++) {
    const name = crypto.randomUUID();
    const begun = performance.now();
    await db.query({
      name: table,
      text: `insert into ${table} (username, email) values ($1, $2)`,
      values: [name, `${name}@example.test`],
    });
    times.push(performance.now() - begun);
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
