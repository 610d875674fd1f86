create or replace function steward.erase(owners text[] default '{}', run uuid default null)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_run_ids uuid[] := array(select r.id from steward.runs r where r.owner_id = any (erase.owners)) || erase.run;
  v_step_ids bigint[];
begin
  v_step_ids := array(select s.id from steward.steps s where s.run_id = any (v_run_ids));
  -- Nobody can say in how many spellings free text names a person: it goes as a whole. Codes stay.
  update steward_private.past_attempts a
  set words = null, error_message = null
  where a.step_id = any (v_step_ids);
  update steward.steps s
  set error_message = null
  where s.id = any (v_step_ids) and s.error_message is not null and s.status::text in ('succeeded', 'failed', 'cancelled');
  update steward.runs r
  set input = null, error_message = null
  where r.id = any (v_run_ids) and r.finished_at is not null and (r.input is not null or r.error_message is not null);
  return (select count(*) from unnest(v_run_ids) as r (id) where r.id is not null);
end
$$;

comment on function steward.erase(text[], uuid) is
  E'@behavior -*\nRemoves what may name a person from the runs of these owners, and from this run: the messages and words of past attempts, and of runs that ended inputs and error messages. Codes and times stay. What open runs need stays too: call it again when they have ended. Returns how many runs there are. For an application that deletes a person.';
