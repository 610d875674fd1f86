-- How many steps of a lane's backlog a worker runs at once; and a lane of its own for purges, which take minutes and always
-- wait in the backlog: however many users are deleted, nobody's signup waits behind them. Locks small tables for a moment.

alter table app_private.lanes
  add column at_once integer not null default 32 constraint lanes_at_once_check check (at_once > 0);
comment on column app_private.lanes.at_once is 'So many steps of the backlog at a time for each worker process.';

insert into app_private.lanes (name, at_once) values ('purge', 2);
update app_private.lifecycle_steps set lane = 'purge', priority = 10 where task = 'purge';
