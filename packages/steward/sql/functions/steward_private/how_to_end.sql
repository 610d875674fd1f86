create or replace function steward_private.how_to_end(holder text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select case
    when how_to_end.holder !~ 'prepared transaction' then 'pg_terminate_backend ends its session.'
    else format('It has no session: %s ends it, or commit prepared, if that is what its application decided.', coalesce(
      (
        select format('rollback prepared %L', min(p.gid))
        from pg_catalog.pg_prepared_xacts p
        where p.database = current_database() and strpos(how_to_end.holder, 'the prepared transaction ' || p.gid || ' of ') > 0
        having count(*) = 1
      ),
      'rollback prepared, with its name in pg_prepared_xacts,'
    ))
  end
$$;

comment on function steward_private.how_to_end(text) is
  'How an operator ends the session or the prepared transaction that steward_private.blocking_session or row_holder named, a sentence. For steward.explain_run.';
