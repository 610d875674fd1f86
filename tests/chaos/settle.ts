// After the last fault: everything is let end, what failed for good on the way is retried, and removals that ask are approved, as an operator would.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { Stage } from "./stage.ts";

const PATIENCE_MS = 180_000;
const PAUSE_MS = 500;

/** What is neither done nor meant to wait: open runs whose project is not suspended. */
const OPEN = `
select format('%s %s of %s: %s', r.kind, r.status, r.subject_id,
  (select string_agg(format('%s%s %s attempts=%s worker=%s %s', s.name, '/' || s.item, s.status, s.attempts, s.worker_id, s.error_code), ', ')
   from steward.steps s where s.run_id = r.id and s.status <> 'succeeded')) as open
from chaos.runs r
left join app_public.projects p on p.id::text = r.scope_id
where r.status in ('pending', 'running') or r.status = 'suspended' and p.status is distinct from 'suspended'
order by r.created_at`;

/** Failed or cancelled runs that still have something to bring about, the oldest first. */
const RETRIABLE = `
select r.id, format('%s of %s: %s %s', r.kind, r.subject_id, r.status, r.error_code) as what
from chaos.runs r
where (r.status = 'failed' or r.status = 'cancelled' and r.kind not in ('user_deletion', 'project_deletion', 'project_state'))
  and (r.kind in ('user_deletion', 'project_deletion')
    or exists (select from app_public.users u where u.id::text = r.subject_id)
    or exists (select from app_public.projects p where p.id::text = r.subject_id and p.status <> 'suspended'))
  and not exists (
    select from chaos.runs o
    where o.kind = r.kind and o.subject_id = r.subject_id and o.created_at > r.created_at and r.kind <> 'project_update'
  )
  and not (r.kind = 'user_signup' and exists (
    select from chaos.runs d where d.kind = 'user_deletion' and d.subject_id = r.subject_id and d.created_at > r.created_at
  ))
order by r.created_at`;

export interface Settled {
  /** Runs that were retried, by what had become of them. */
  readonly retried: number;
  /** What is not done all the same. */
  readonly left: readonly string[];
}

/** Clears all faults and waits until nothing is left to do, at most three minutes. */
export async function settle({ postgres, providers, workers, deploy }: Stage): Promise<Settled> {
  providers.drive.faults.clear();
  providers.cloud.faults.clear();
  providers.drive.faults.forgetLimits();
  for (const worker of workers) worker.kill("SIGCONT");
  await deploy(); // those that went back to the release before lack a task
  const deadline = performance.now() + PATIENCE_MS;
  let retried = 0;
  for (;;) {
    const open = await ask<{ open: string }>(postgres.pool, OPEN);
    const again = open.length === 0 ? await ask<{ id: string; what: string }>(postgres.pool, RETRIABLE) : [];
    if (open.length + again.length === 0) return { retried, left: [] };
    if (performance.now() > deadline)
      return { retried, left: [...open.map((row) => row.open), ...again.map((row) => row.what)] };
    if (again.length > 0) await postgres.pool.query("select app_public.approve_removals()");
    for (const { id } of again) {
      await postgres.pool.query("select steward_private.retry_runs($1)", [[id]]).catch(() => undefined); // another is open: it comes later
      retried++;
    }
    await sleep(PAUSE_MS);
  }
}

async function ask<Row extends pg.QueryResultRow>(pool: pg.Pool, text: string): Promise<Row[]> {
  return (await pool.query<Row>(text)).rows;
}
