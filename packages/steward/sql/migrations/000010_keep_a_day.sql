-- The pace of the last day, for a chart: ten seconds are too fine to keep for longer than an hour. Locks nothing: all is new.

create table steward_private.day_rates (
  since timestamptz primary key,
  steps bigint not null
);
comment on table steward_private.day_rates is
  'How many steps succeeded in each ten minutes of the last day, without those that steward_private.lane_rates still has. Workers move them here from there.';
comment on column steward_private.day_rates.since is 'When the ten minutes began.';
comment on column steward_private.day_rates.steps is 'Steps that succeeded in them.';
