create or replace function steward_private.told(steering steward.audit)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select format('%s did so at %s%s.', steering.actor, steward_private.clock(steering.at), coalesce(': ' || nullif(steering.reason, ''), ', without saying why'))
$$;

comment on function steward_private.told(steward.audit) is 'Who steered, when and why, as a sentence. For steward.explain_run.';
