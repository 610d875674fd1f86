-- A copy of the database must not act on the accounts of the original: the database remembers where it is at home, and what lies
-- outside is left alone anywhere else until an operator adopts the copy. Locks small tables for a moment.

create table app_private.home (
  is_only boolean primary key default true constraint home_is_only_check check (is_only),
  system_identifier bigint not null,
  database_oid oid not null,
  database_name name not null,
  instance text,
  adopted_at timestamptz not null default now(),
  adopted_by name not null default session_user
);
comment on table app_private.home is
  'The database that this is, as its first worker found it, or as an operator adopted it (npm run adopt). A dump, a copy or a restored backup brings this row along, but not what it names.';
comment on column app_private.home.is_only is 'True: there is one row.';
comment on column app_private.home.system_identifier is 'The Postgres server: made by initdb, shared by its replicas and physical copies.';
comment on column app_private.home.database_oid is 'The database in that server.';
comment on column app_private.home.database_name is 'The database''s name.';
comment on column app_private.home.instance is 'STEWARD_INSTANCE of the workers at home; null where that is not set.';
comment on column app_private.home.adopted_at is 'Since when this is home.';
comment on column app_private.home.adopted_by is 'The role that made it so.';

alter table app_private.lanes add column is_outside boolean not null default false;
comment on column app_private.lanes.is_outside is 'Its steps change what lies outside of the database. On a copy that nobody has adopted they wait.';
update app_private.lanes set is_outside = true where name in ('drive', 'cloud');

alter table app_private.workers add column instance text;
comment on column app_private.workers.instance is 'Its STEWARD_INSTANCE; null where that is not set.';

drop function if exists app_private.join_workers(text, text, integer, boolean);
drop function if exists app_private.enter_lane(text);

create view ops.home as
select
  h.system_identifier = c.system_identifier and h.database_oid = d.oid and h.database_name = d.datname as is_home,
  h.database_name as home_database,
  d.datname as present_database,
  h.database_oid as home_oid,
  d.oid as present_oid,
  h.system_identifier as home_system,
  c.system_identifier as present_system,
  h.instance,
  (
    select count(*) from app_private.workers w where w.instance is distinct from h.instance
  ) as strange_workers,
  h.adopted_at,
  h.adopted_by
from app_private.home h
cross join pg_catalog.pg_control_system() c
join pg_catalog.pg_database d on d.datname = current_database();
comment on view ops.home is
  'Whether this database is where it is at home. If not, or for workers of another instance, steps in lanes that lie outside wait until npm run adopt. Empty before the first worker.';
comment on column ops.home.is_home is 'False: this is a copy, restored, renamed or upgraded by pg_upgrade.';
comment on column ops.home.home_database is 'Its name at home.';
comment on column ops.home.present_database is 'Its name now.';
comment on column ops.home.home_oid is 'Its oid at home.';
comment on column ops.home.present_oid is 'Its oid now.';
comment on column ops.home.home_system is 'The server''s system identifier at home.';
comment on column ops.home.present_system is 'The server''s system identifier now.';
comment on column ops.home.instance is 'STEWARD_INSTANCE of the workers at home.';
comment on column ops.home.strange_workers is 'Workers whose STEWARD_INSTANCE is another: they take no steps outside.';
comment on column ops.home.adopted_at is 'Since when home is home.';
comment on column ops.home.adopted_by is 'The role that made it so.';
