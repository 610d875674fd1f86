// Years of finished runs, made in seconds.
import { withClient } from "steward/migrate/connect";

/**
 * Adds so many signups and deletions that ended, one each ten seconds, every fiftieth of them failed. Triggers are off, which
 * takes a superuser.
 */
export async function addHistory(superuserUrl: string, runs: number): Promise<void> {
  await withClient({ connectionString: superuserUrl }, async (client) => {
    await client.query("set session_replication_role = replica");
    await client.query(
      `insert into steward.runs (kind, subject_table, subject_id, owner_id, status, total, done, failed, error_code, created_at, started_at, finished_at)
       select case when n % 10 = 0 then 'user_deletion' else 'user_signup' end, 'app_public.users', id, id, status::steward.run_status,
         1, (status = 'succeeded')::int, (status = 'failed')::int, case when status = 'failed' then 'ST506' end, at, at, at + interval '3 s'
       from generate_series(1, $1::int) n
       cross join lateral (
         select gen_random_uuid() as id, now() - n * interval '10 seconds' as at, case when n % 50 = 0 then 'failed' else 'succeeded' end as status
       ) h`,
      [runs],
    );
    await client.query(
      `insert into steward.steps (run_id, name, lane, task, status, max_attempts, attempts, error_code, ready_at, started_at, finished_at)
       select r.id, case r.kind when 'user_signup' then 'onboard' else 'drive_remove' end, 'drive', 'drive', r.status::text::steward.step_status,
         3, 1, r.error_code, r.created_at, r.started_at, r.finished_at
       from steward.runs r
       where not exists (select from steward.steps s where s.run_id = r.id)`,
    );
  });
}
