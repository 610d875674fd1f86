-- A step may run against one of several services of a kind: which one, its subject or item says. Locks lifecycle_steps for a moment.
alter table steward.lifecycle_steps add column lane_by text;
comment on column steward.lifecycle_steps.lane_by is
  'A function (subject_ids text[], items text[], inputs jsonb[]) returning text[], of the application: the lane of each step of these runs. Where it gives null or a lane that does not exist, and without such a function, lane holds.';
