// The large database that operations are measured in: what ran for a month, a long queue, and a backlog. Made in SQL with triggers off.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { SUPERUSER } from "steward/embedded/cluster";
import type { BenchDatabase } from "../helpers/postgres.ts";

const DEFINITIONS = `
insert into steward.lanes (name, at_once) values ('bulk', 32);
select steward.define_lifecycle('order', 'What follows an order.', '{
  "pack": {"task": "pack", "lane": "database", "timeout": "30 s"},
  "send": {"task": "send", "lane": "database", "timeout": "30 s", "after": ["pack"]}
}');
select steward.define_lifecycle('bulk_order', 'The same, in bulk.', '{
  "pack": {"task": "pack_bulk", "lane": "bulk", "timeout": "30 s"},
  "send": {"task": "send", "lane": "bulk", "timeout": "30 s", "after": ["pack"]}
}');
select steward.define_lifecycle('single_order', 'One step, for those who come meanwhile.', '{
  "take": {"task": "take", "lane": "database", "timeout": "30 s"}
}');
create table public.orders (id text primary key);
insert into public.orders select n::text from generate_series(1, 100000) n union all select 'open-' || n from generate_series(1, 100000) n;
insert into steward_private.known_workers (id, host, pid, version) values (0, 'bench', 0, 'bench') on conflict do nothing;`;

// A month that ends now; every hundredth run failed. An id rises with the time of its run, as those of runs.id's default do.
const FINISHED = `
with made as (
  insert into steward.runs (id, kind, subject_table, subject_id, owner_id, scope_id, status, total, done, failed, error_code, error_message, created_at, started_at, finished_at)
  select (lpad(to_hex((extract(epoch from h.at) * 1000)::bigint), 12, '0') || '7' || substr(gen_random_uuid()::text, 16))::uuid,
    'order', 'public.orders', (n % 100000 + 1)::text, (n % 50021)::text, (n % 997)::text, h.status::steward.run_status, 2,
    case h.status when 'failed' then 1 else 2 end, (h.status = 'failed')::int, case h.status when 'failed' then 'ST506' end,
    case h.status when 'failed' then 'The provider refused.' end, h.at, h.at, h.at + interval '3 s'
  from generate_series($1::int, $2::int) n
  cross join lateral (
    select now() - interval '30 days' * ($3::int - n) / $3::int as at, case when n % 100 = 0 then 'failed' else 'succeeded' end as status
  ) h
  returning id, status, error_code, error_message, created_at, finished_at
)
insert into steward.steps (run_id, name, lane, task, after, status, max_attempts, attempts, lease, begun_by, begun_at, error_code, error_message, ready_at, started_at, finished_at)
select m.id, d.name, 'database', d.name, d.after, d.status::steward.step_status, 3, 1, 1, 0, m.created_at, d.code, d.message, m.created_at, m.created_at, m.finished_at
from made m
cross join lateral (
  values ('pack', null::text[], 'succeeded', null::text, null::text), ('send', '{pack}'::text[], m.status::text, m.error_code, m.error_message)
) d (name, after, status, code, message)`;

const OPEN = `
with made as (
  insert into steward.runs (kind, subject_table, subject_id, owner_id, scope_id, status, priority, total, created_at)
  select $4, 'public.orders', 'open-' || n, (n % 50021)::text, (n % 997)::text, 'pending', $5, 2, now() - interval '1 hour'
  from generate_series($1::int, $2::int) n
  returning id, created_at
)
insert into steward.steps (run_id, name, lane, task, after, status, priority, max_attempts, is_backlog, ready_at)
select m.id, d.name, $3, d.task, d.after, d.status::steward.step_status, $5, 3, $5 > 0 and d.status = 'queued', m.created_at
from made m
cross join lateral (
  values ('pack', case when $5 > 0 then 'pack_bulk' else 'pack' end, null::text[], 'queued'), ('send', 'send', '{pack}'::text[], 'waiting')
) d (name, task, after, status)`;

// As graphile_worker.add_jobs writes them.
const JOBS = `
insert into graphile_worker._private_tasks (identifier) values ('pack') on conflict do nothing;
insert into graphile_worker._private_jobs (task_id, payload, key, priority, run_at, created_at, updated_at)
select t.id, json_build_object('step', s.id::text), 'step:' || s.id, s.priority, s.ready_at, s.ready_at, s.ready_at
from steward.steps s cross join graphile_worker._private_tasks t
where t.identifier = 'pack' and s.status in ('queued', 'retrying') and not s.is_backlog`;

const PORTION = 250_000;

/** Fills the database with so many finished runs, and open ones beside them, and leaves it as autovacuum would. */
export async function build(database: BenchDatabase, runs: number): Promise<void> {
  await database.pool.query(DEFINITIONS);
  await fill(database, async (client) => {
    await finish(client, runs);
    for (const [from, to] of portions(runs / 5)) await client.query(OPEN, [from, to, "database", "order", 0]);
    for (const [from, to] of portions(runs / 50)) await client.query(OPEN, [from, to, "bulk", "bulk_order", 10]);
    await client.query(JOBS);
  });
}

/** The finished runs alone. */
export async function buildFinished(database: BenchDatabase, runs: number): Promise<void> {
  await database.pool.query(DEFINITIONS);
  await fill(database, (client) => finish(client, runs));
}

async function finish(client: pg.Client, runs: number): Promise<void> {
  for (const [from, to] of portions(runs)) await client.query(FINISHED, [from, to, runs]);
}

async function fill(database: BenchDatabase, write: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: await superuserUrl(database) });
  await client.connect();
  try {
    await client.query("alter system set max_wal_size = '100GB'");
    await client.query("select pg_reload_conf()");
    await client.query("set session_replication_role = replica");
    await client.query("set synchronous_commit = off");
    await write(client);
    await client.query("alter system reset max_wal_size");
    await client.query("select pg_reload_conf()");
    await client.query("vacuum (analyze)");
    await client.query("checkpoint");
  } finally {
    await client.end();
  }
}

function* portions(count: number): Generator<readonly [number, number]> {
  for (let from = 1; from <= count; from += PORTION) yield [from, Math.min(from + PORTION - 1, count)];
}

async function superuserUrl({ url, folder }: BenchDatabase): Promise<string> {
  const its = new URL(url);
  its.username = SUPERUSER;
  its.password = (await readFile(join(folder, "postgres.password"), "utf8")).trim();
  return its.href;
}
