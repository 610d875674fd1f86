create or replace function steward.kept_since(kind text, status steward.run_status default 'succeeded')
returns timestamptz
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select now() - case
    when kept_since.status = 'failed' then coalesce(
      (select l.keep_failed from steward.lifecycles l where l.kind = kept_since.kind),
      make_interval(days => coalesce((select least(s.value, 36500) from steward.settings s where s.name = 'keep_failed_days'), 90)::integer)
    )
    else coalesce(
      (select l.keep from steward.lifecycles l where l.kind = kept_since.kind),
      make_interval(days => coalesce((select least(s.value, 36500) from steward.settings s where s.name = 'keep_days'), 30)::integer)
    )
  end
$$;

comment on function steward.kept_since(text, steward.run_status) is
  E'@behavior -*\nRuns of this kind that ended with this status before then may have been removed: what has no run although it was made later than this lacks it. For checks of an application (steward.add_check).';
