create or replace function steward_private.begin_analysis(out table_name text, out statistics_target integer)
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_tries integer;
begin
  -- Committed changes, not size: rows of a transaction still open would count for nothing, and their pages for a lot.
  insert into steward_private.analyses as a (table_name)
  select c.oid::regclass
  from pg_catalog.pg_class c
  left join steward_private.analyses b on b.table_name = c.oid::regclass::text
  where c.relkind = 'r'
    and (
      c.relnamespace in ('steward'::regnamespace, 'steward_private'::regnamespace)
      or c.relnamespace = any (array(select to_regnamespace(quote_ident(w.schema_name)) from steward.watched_schemas w))
    )
    and pg_catalog.pg_stat_get_mod_since_analyze(c.oid) > 500 + c.reltuples
    and (b.table_name is null or b.next_at <= now() or b.begun_at < pg_catalog.pg_stat_get_last_analyze_time(c.oid))
  order by pg_catalog.pg_stat_get_mod_since_analyze(c.oid) desc
  limit 1
  on conflict on constraint analyses_pkey do update
  set
    tries = case when a.begun_at < pg_catalog.pg_stat_get_last_analyze_time(a.table_name::regclass) then 1 else a.tries + 1 end,
    begun_at = now(),
    next_at = now() + case
      when a.begun_at < pg_catalog.pg_stat_get_last_analyze_time(a.table_name::regclass) then interval '20 seconds'
      else least(interval '20 seconds' * power(2, a.tries), interval '1 hour')
    end
  -- Looked at again: another worker may have begun it at this moment.
  where a.next_at <= now() or a.begun_at < pg_catalog.pg_stat_get_last_analyze_time(a.table_name::regclass)
  returning a.table_name, a.tries into table_name, v_tries;

  statistics_target := greatest(100 / power(10, v_tries - 1), 1);
end
$$;

comment on function steward_private.begin_analysis(out text, out integer) is
  'Names the table of the engine, or of steward.watched_schemas, that the caller is to analyze now, if any: the most changed of those that have changed as many rows as they had. Autovacuum comes within a minute, but until it does the plans made for a small table read a large one whole. Each table is given to one worker at a time. One whose analysis was cut is given again after 20 s, 40 s ... at most an hour, each time with a tenth of the sample, so that it ends at last. For every worker, each few seconds.';
