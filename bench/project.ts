// A project with 10,000 members, at the embedded cloud: how long its workers take, whether anybody waits for a row of its, and what
// reading its progress costs beside that of a project with ten. npm run bench -- project
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { PROJECT_ROOT } from "../server/config.ts";
import { size, tell } from "./helpers/figures.ts";
import { at } from "./helpers/percentiles.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";

const MEMBERS = size(10_000, 50);
const FEW = 10;
const READS = size(500, 20);
const WORKERS = 2;

const database = await openBenchDatabase();
const { pool } = database;
const workers = Array.from({ length: WORKERS }, () =>
  spawn(process.execPath, ["scripts/worker.ts"], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, STEWARD_DATA_DIR: database.folder, LOG_LEVEL: "warn" },
    stdio: ["ignore", "inherit", "inherit"],
  }),
);
try {
  const [tenant] = await ids("insert into app_public.tenants (name) values ('bench') returning id");
  // Their own signups are none of this.
  const people = await ids(
    "insert into app_public.users (username) select 'member' || n from generate_series(1, $1::int) n returning id",
    [MEMBERS],
  );
  await pool.query("select steward_private.cancel_runs(array(select id from steward.runs))");
  const small = await provision(tenant, people.slice(0, FEW));
  await settled(small);

  const begun = performance.now();
  const large = await provision(tenant, people);
  const waits: number[] = [];
  const progress: Record<"large" | "small", number[]> = { large: [], small: [] };
  let isOver = false;
  const end = settled(large).then(() => {
    isOver = true;
  });
  while (!isOver) {
    waits.push(await longestWait());
    if (progress.large.length < READS) {
      progress.small.push(await readProgress(small));
      progress.large.push(await readProgress(large));
    }
    await sleep(2);
  }
  await end;
  const seconds = (performance.now() - begun) / 1_000;
  const { rows } = await pool.query<{ runs: number; done: number; again: number }>(
    `select count(distinct r.id)::int as runs, count(*) filter (where s.status = 'succeeded')::int as done,
       count(*) filter (where s.attempts > 1)::int as again
     from steward.runs r join steward.steps s on s.run_id = r.id
     where r.scope_id = $1 and r.kind = 'project_provisioning' and r.status = 'succeeded'`,
    [large],
  );
  const [told] = rows;
  await tell({
    figure: {
      what: `a project with ${MEMBERS} members, ${WORKERS} workers: times it was completed`,
      unit: "runs",
      rounds: [told?.runs ?? 0],
      atMost: 1,
      atLeast: 1,
      detail: `${told?.done} steps succeeded, ${told?.again} at their second attempt, in ${seconds.toFixed(0)} s`,
    },
  });
  await tell({
    figure: {
      what: "meanwhile, the longest that anybody waited for a row",
      unit: "ms",
      rounds: [Math.max(...waits)],
      atMost: 10,
      detail: `${waits.length} looks`,
    },
  });
  await tell({
    figure: {
      what: `meanwhile, reading its progress`,
      unit: `x the time for a project with ${FEW}`,
      rounds: [at(progress.large, 0.5) / at(progress.small, 0.5)],
      atMost: 1.1,
      detail: `${at(progress.large, 0.5).toFixed(2)} ms against ${at(progress.small, 0.5).toFixed(2)}`,
    },
  });
} finally {
  for (const worker of workers) worker.kill("SIGTERM");
  await Promise.all(workers.map((worker) => once(worker, "exit")));
  await database.close();
}

async function ids(sql: string, values: unknown[] = []): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(sql, values);
  return rows.map(({ id }) => id);
}

/** Returns the project's id. */
async function provision(tenant: string | undefined, people: readonly string[]): Promise<string> {
  const [project = ""] = await ids(
    "insert into app_public.projects (name, tenant_id, created_by) values ($1, $2, $3) returning id",
    [`with ${people.length}`, tenant, people[0]],
  );
  await pool.query(
    "insert into app_public.project_members (project_id, user_id) select $1, unnest($2::uuid[]) on conflict do nothing",
    [project, people],
  );
  return project;
}

async function settled(project: string): Promise<void> {
  const sql = "select from steward.runs where scope_id = $1 and finished_at is null limit 1";
  while ((await pool.query(sql, [project])).rowCount !== 0) await sleep(100);
}

/** In ms, of whoever waits at this moment for a row that another transaction has changed. */
async function longestWait(): Promise<number> {
  const { rows } = await pool.query<{ ms: number }>(
    `select coalesce(max(extract(epoch from clock_timestamp() - waitstart) * 1000), 0)::float8 as ms
     from pg_catalog.pg_locks where not granted and locktype in ('transactionid', 'tuple')`,
  );
  return rows[0]?.ms ?? 0;
}

async function readProgress(project: string): Promise<number> {
  const begun = performance.now();
  await pool.query("select (app_public.projects_provisioning_progress(p)).* from app_public.projects p where id = $1", [
    project,
  ]);
  return performance.now() - begun;
}
