// A thousand signups in one statement, and a single one that comes in the middle of them.
import { setTimeout as sleep } from "node:timers/promises";
import { follow } from "./bar.ts";
import type { Stage } from "./stage.ts";

const SIZE = 1_000;

const INSERT_CROWD = `
insert into app_public.users (username, email)
select 'crowd-' || $1 || '-' || n, 'crowd-' || $1 || '-' || n || '@example.test' from generate_series(1, $2) n
returning id`;

const COUNT = `
select sum(r.done)::integer as done, sum(r.total)::integer as total, count(*) filter (where r.status = 'succeeded')::integer as users,
  count(*) filter (where r.status in ('failed', 'cancelled'))::integer as lost
from steward.runs r
where r.kind = 'user_signup' and r.owner_id = any ($1)`;

interface Counts {
  readonly done: number;
  readonly total: number;
  readonly users: number;
  readonly lost: number;
}

const READ_SINGLE = `
select extract(epoch from s.started_at - r.created_at)::float8 * 1000 as milliseconds
from steward.runs r join steward.steps s on s.run_id = r.id
where r.subject_id = $1 and s.name = 'onboard' and s.started_at is not null`;

/** Shows it; returns the new users' ids, the single one last. */
export async function showCrowd(stage: Stage): Promise<string[]> {
  const { pool, stopping, suffix } = stage;
  console.log(`\n2. ${SIZE} signups in one statement`);
  const begunAt = performance.now();
  const { rows } = await pool.query<{ id: string }>(INSERT_CROWD, [suffix, SIZE]);
  const ids = rows.map(({ id }) => id);
  const milliseconds = performance.now() - begunAt;
  console.log(`   committed after ${milliseconds.toFixed(0)} ms: each has credits, type and features`);

  const { id, waited } = await signUpInBetween(stage);
  await follow("what follows", stopping, async () => {
    const [counts] = (await pool.query<Counts>(COUNT, [ids])).rows;
    if (counts === undefined || counts.lost > 0) throw new Error("some signups did not succeed");
    const { done, total, users } = counts;
    const rate = done / ((performance.now() - begunAt) / 1000);
    return {
      done,
      total,
      note: `${users} users complete, ${rate.toFixed(0)} steps/s`,
      isOver: users === SIZE,
    };
  });
  console.log(`   a single signup made meanwhile began ${waited.toFixed(0)} ms after its insert`);
  return [...ids, id];
}

/** One more user, and the milliseconds from its insert to the begin of its first step. */
async function signUpInBetween({ pool, stopping, suffix }: Stage): Promise<{ id: string; waited: number }> {
  const inserted = await pool.query<{ id: string }>(
    "insert into app_public.users (username) values ($1) returning id",
    [`grace-${suffix}`],
  );
  const id = inserted.rows[0]?.id ?? "";
  for (;;) {
    const { rows } = await pool.query<{ milliseconds: number }>(READ_SINGLE, [id]);
    if (rows[0] !== undefined) return { id, waited: rows[0].milliseconds };
    await sleep(50, undefined, { signal: stopping });
  }
}
