-- The shape in which a user's onboarding is shown. Locks nothing: it is new.
create type app_public.user_onboarding as (
  status app_public.run_status,
  steps_done integer,
  steps_total integer,
  started_at timestamptz,
  finished_at timestamptz,
  duration_ms integer,
  missing text[],
  error_code text,
  error_message text
);
comment on type app_public.user_onboarding is 'How far setting up a user''s account is.';
comment on column app_public.user_onboarding.status is 'Where their latest user_signup run stands; null when there is none yet.';
comment on column app_public.user_onboarding.steps_done is 'Steps of it that succeeded.';
comment on column app_public.user_onboarding.steps_total is 'Steps of it in all.';
comment on column app_public.user_onboarding.started_at is 'When they signed up, or their onboarding was triggered.';
comment on column app_public.user_onboarding.finished_at is 'When it ended; null while it goes on.';
comment on column app_public.user_onboarding.duration_ms is 'From started_at until it ended, or until now. Milliseconds.';
comment on column app_public.user_onboarding.missing is 'The names of the space, notebook, documents and agent still to come. What they deleted themselves is not missing.';
comment on column app_public.user_onboarding.error_code is 'Why something failed or has to wait: a code of docs/errors.md.';
comment on column app_public.user_onboarding.error_message is 'Why something failed or has to wait, a sentence.';
