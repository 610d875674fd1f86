-- A purge runs for long, so it meets more restarts of workers than other steps; what it has deleted stays deleted.
-- Locks a small table for a moment.
update app_private.lifecycle_steps set max_attempts = 20 where task = 'purge';
comment on column app_public.steps.attempts is
  'Attempts begun since the step last got further. Waiting for a provider that is down uses up none.';
