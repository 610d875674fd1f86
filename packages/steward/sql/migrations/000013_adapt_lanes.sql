-- How many steps of a lane are at work at once follows from how its service bears it. Adding the columns locks steward.lanes for a
-- moment. The index reads steward.steps once, and keeps it from being written meanwhile: a few seconds for ten million rows.

alter table steward.lanes
  add places numeric(8, 2) default 4 constraint lanes_places_check check (places >= 1),
  add narrowed_at timestamptz;
comment on column steward.lanes.places is
  'So many of its steps are at work at once, in all workers together; the whole part counts. Workers add to it while steps wait and the service answers in good time, and halve it when the service fails or is late. Null: no such limit, only at_once.';
comment on column steward.lanes.narrowed_at is 'When places was halved last; attempts that began before count no more.';

update steward.lanes set places = null where name in ('database', 'purge');

-- Not for the lane database: its steps are many and short, and have no such limit.
create index steps_at_work_idx on steward.steps (lane) where worker_id is not null and lane <> 'database';
