-- Which step probes an open circuit: when it has ended without a word about the provider, another may probe at once.
alter table app_private.lanes add column probe_step_id bigint;
comment on column app_private.lanes.probe_step_id is 'The step that probes, or probed last; no foreign key, for the lane outlives it.';
