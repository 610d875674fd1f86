-- The trace in which a run was begun. Locks steward.runs for a moment and rewrites nothing: the default is worked out once for the rows that
-- are there, where no trace is set. A default and no parameter, so that what starts runs, in this version and the one before, need not know.
alter table steward.runs
  add column traceparent text default left(nullif(current_setting('steward.traceparent', true), ''), 55);
comment on column steward.runs.traceparent is
  E'@behavior -*\nThe span of OpenTelemetry in which it was begun, as W3C''s traceparent: what the server or the application set as steward.traceparent. Null: none.';
