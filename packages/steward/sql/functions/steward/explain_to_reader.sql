create or replace function steward.explain_to_reader(run uuid, out code text, out who text, out explanation text)
returns record
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
  v_run steward.runs;
  v_sees text := steward_private.seen_by_reader(explain_to_reader.run);
begin
  if v_sees is null then
    return;
  end if;
  select e.code, e.who, e.explanation into code, who, explanation from steward.explain_run(explain_to_reader.run) e;
  if v_sees = 'all' then
    return;
  end if;
  -- Who sees their own runs alone is told nothing of sessions, machines, other people's work, and errors' own words.
  select * into v_run from steward.runs r where r.id = explain_to_reader.run;
  explanation := case
    when code = 'succeeded' then 'It succeeded.'
    when code = 'failed' then concat_ws(' ', 'It failed.', v_run.error_message)
    when code = 'cancelled' then 'It was cancelled.'
    when code in ('suspended', 'paused') then 'It is held for the time being. It goes on when an operator lets it.'
    when code in ('running', 'called_off') then 'It is being worked on.'
    when code in ('backlog', 'waits_for_place') then 'It waits for its turn: others came first.'
    when code in ('retries', 'not_due') then 'Something did not succeed at once. It is tried again by itself.'
    when code = 'provider_down' then 'A service that it needs is in trouble. It goes on by itself when that works again.'
    when who = 'nobody' then 'It goes on by itself within moments.'
    else 'It is held up at present. Nothing is lost; the operators can see why.'
  end;
end
$$;

comment on function steward.explain_to_reader(uuid) is
  E'@behavior -*\nWhy a run is not further, for whoever may see it: as steward.explain_run for readers of all runs and the owner; for others the code, who can do something, and a plain sentence without sessions, machines and errors'' own words. Nothing where the caller may not see the run.';
