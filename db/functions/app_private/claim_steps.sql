create or replace function app_private.claim_steps(from_lane text, most integer, worker_id integer)
returns table (
  step_id bigint, lease integer, run_id uuid, kind text, name text, item text, task text, lane text,
  subject_id uuid, input jsonb, attempt smallint, timeout_ms integer
)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_most integer := least(claim_steps.most, app_private.enter_lane(claim_steps.from_lane)); -- least() passes over a null
begin
  return query
  select * from app_private.begin_steps(
    array(
      select s.id
      from app_public.steps s
      where s.is_backlog and s.lane = claim_steps.from_lane and s.ready_at <= clock_timestamp()
      order by s.priority, s.ready_at, s.id
      limit v_most
      for no key update skip locked
    ),
    claim_steps.worker_id
  );
end
$$;

comment on function app_private.claim_steps(text, integer, integer) is
  'Begins at most so many steps out of a lane''s backlog, the most urgent first. For drain jobs.';
