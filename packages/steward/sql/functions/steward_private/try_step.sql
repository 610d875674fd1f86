create or replace function steward_private.try_step(step_id bigint, out is_passed_over boolean, out refusal text, out state text)
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
declare
  v_worker_id integer := (
    select min(w.id)
    from steward.workers w
    where w.state <> 'hangs'
      and coalesce((select s.task from steward.steps s where s.id = try_step.step_id) = any (w.tasks), true)
  );
  v_is_done boolean := false;
  v_context text;
begin
  -- Beginning is writing, which the caller's transaction may not be allowed to.
  if v_worker_id is null or current_setting('transaction_read_only') = 'on' then
    return;
  end if;
  begin
    -- As graphile-worker does when it takes the job.
    update graphile_worker._private_jobs j
    set attempts = j.attempts
    where j.id in (
      select t.id from graphile_worker._private_jobs t where t.key = 'step:' || try_step.step_id for update skip locked
    );
    perform from steward_private.begin_jobs(array[try_step.step_id], v_worker_id);
    is_passed_over := exists (
      select from steward.steps s
      where s.id = try_step.step_id and s.status in ('queued', 'retrying') and not s.is_backlog
    );
    v_is_done := true;
    raise exception 'undo it';
  exception
    when others then -- whatever keeps workers from it
      if v_is_done then
        return;
      end if;
      get stacked diagnostics refusal = message_text, state = returned_sqlstate, v_context = pg_exception_context;
      refusal := rtrim(refusal, '.') || coalesce(
        ', in ' || (regexp_match(v_context, '^(?:SQL statement "[^"]*"\n)?PL/pgSQL function ((?!steward_private\.)\S+)'))[1], ''
      );
  end;
end
$$;

comment on function steward_private.try_step(bigint) is
  'Begins a step that stands still as a worker would, and undoes it: whether it is passed over although nothing holds it, or what Postgres says (with its SQLSTATE). All null where it begins, and where that cannot be tried. For steward.explain_run.';
