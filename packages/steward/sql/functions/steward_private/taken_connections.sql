create or replace function steward_private.taken_connections()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  -- Sessions of logins; processes of Postgres itself have no role.
  with taken as (
    select a.usename, a.datname, coalesce(nullif(a.application_name, ''), 'no application_name') as application
    from pg_catalog.pg_stat_activity a
    where a.usesysid is not null
  )
  select string_agg(format(
    'All %s connections that %s allows are taken (%s), so a worker that is started cannot connect.', l.most, l.what,
    (
      select string_agg(format('%s by %s, %s', t.count, t.usename, t.application), '; ' order by t.count desc)
      from (
        select count(*) as count, t.usename, t.application
        from taken t
        where (l.role is null or t.usename = l.role) and (l.database is null or t.datname = l.database)
        group by t.usename, t.application
        order by count(*) desc
        limit 3
      ) t
    )
  ), ' ')
  from (
    select 'max_connections (without those kept for superusers)' as what, null::name as role, null::name as database,
      current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
        - coalesce(current_setting('reserved_connections', true)::integer, 0) as most
    union all
    select format('the limit of role %s', r.rolname), r.rolname, null, r.rolconnlimit
    from pg_catalog.pg_roles r
    where r.rolname = current_user and r.rolconnlimit >= 0 and not r.rolsuper
    union all
    select format('the limit of database %s', d.datname), null, d.datname, d.datconnlimit
    from pg_catalog.pg_database d
    where d.datname = current_database() and d.datconnlimit >= 0
  ) l
  where (select count(*) from taken t where (l.role is null or t.usename = l.role) and (l.database is null or t.datname = l.database)) >= l.most
$$;

comment on function steward_private.taken_connections() is
  'A sentence about connections that are all taken, and by whom; null while some are free. For steward.explain_run and steward doctor.';
