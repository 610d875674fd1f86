create or replace function steward_private.remove_jobs(of_what text, tasks text[], priorities smallint[], most integer)
returns bigint[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why: the first few in the order of the index are wanted
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set jit = off
as $$
#variable_conflict use_column
declare
  c_looks constant integer := 10;
  v_began timestamptz := clock_timestamp();
  v_looks jsonb := coalesce(nullif(current_setting('steward.looks', true), ''), '{}');
  v_look record;
  v_since timestamptz;
  v_reached timestamptz;
  v_task_ids integer[] := array(select t.id from graphile_worker._private_tasks t where coalesce(t.identifier = any (remove_jobs.tasks), true));
  v_job_ids bigint[];
  v_step_ids bigint[];
begin
  -- As graphile-worker takes jobs, but for good: a step that was begun needs its job no more. Whoever takes the step out of our hands
  -- makes another. What was due before this session last found nothing left is passed over, for it is gone, and under a snapshot
  -- that somebody holds open looking at it would take longer and longer; what came late graphile-worker finds. In a burst it goes on where it
  -- was, as claim_steps does.
  select coalesce(l.emptied, '-infinity') as emptied, case when v_began between l.since and l.until then l.reached end as reached, l.until into v_look
  from jsonb_to_record(v_looks -> remove_jobs.of_what) as l (emptied timestamptz, reached timestamptz, since timestamptz, until timestamptz);
  foreach v_since in array array_remove(array[v_look.reached, v_look.emptied], null) loop
    select coalesce(array_agg(j.id), '{}'), max(j.run_at) into v_job_ids, v_reached
    from (
      select j.id, j.run_at
      from unnest(remove_jobs.priorities) as p (priority)
      cross join lateral (
        select j.id, j.run_at
        from graphile_worker._private_jobs j
        where j.is_available
          and j.priority = p.priority
          and j.run_at >= v_since
          and j.run_at <= now()
          and j.task_id = any (v_task_ids)
          and j.job_queue_id is null
          and j.key ~ '^step:[0-9]{1,18}$'
        order by j.run_at
        limit remove_jobs.most
        for update skip locked
      ) j
      limit remove_jobs.most
    ) j;
    exit when cardinality(v_job_ids) >= remove_jobs.most;
    v_look.reached := null;
  end loop;
  v_looks := v_looks - remove_jobs.of_what;
  if (select count(*) from jsonb_object_keys(v_looks)) >= c_looks then
    v_looks := '{}'; -- as in claim_steps
  end if;
  perform set_config(
    'steward.looks',
    (v_looks || jsonb_build_object(remove_jobs.of_what, case
      when cardinality(v_job_ids) < remove_jobs.most then jsonb_build_object('emptied', now() - interval '1 second')
      else jsonb_build_object(
        'emptied', v_look.emptied, 'reached', v_reached, 'since', v_began,
        'until', case when v_look.reached is null then v_began + least(20 * (clock_timestamp() - v_began), interval '1 second') else v_look.until end
      )
    end))::text,
    false
  );
  if v_job_ids = '{}' then
    return '{}';
  end if;
  with taken as (
    delete from graphile_worker._private_jobs j where j.id = any (v_job_ids) returning j.key
  )
  select array_agg(substr(t.key, 6)::bigint) into v_step_ids from taken t;
  return v_step_ids;
end
$$;

comment on function steward_private.remove_jobs(text, text[], smallint[], integer) is
  'Takes due jobs of steps that have these tasks out of graphile-worker''s queue, in the order of these priorities, and returns the ids of the steps; of_what tells the looks of one kind from others. For take_jobs and take_new_jobs.';
