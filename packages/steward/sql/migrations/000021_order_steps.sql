-- Steps of a run are made, and shown, in the order in which the definition has them. Locks lifecycle_steps for a moment.
alter table steward.lifecycle_steps add column position smallint not null default 0;
comment on column steward.lifecycle_steps.position is 'Its place in the definition, from 1. 0: not told; then what comes first goes first.';
