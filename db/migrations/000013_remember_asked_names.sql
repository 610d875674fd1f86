-- The name by which an account was asked for at a cloud is kept until the account is known, and one step at a time asks: an attempt that
-- was cut short, or one for another project, must not make a second account because the user has another name by then. Locks nothing.
create table app_private.asked_names (
  user_id uuid not null,
  provider text not null,
  username text not null,
  email text,
  step_id bigint not null,
  primary key (user_id, provider)
);
alter table app_private.asked_names enable row level security;
comment on table app_private.asked_names is 'Accounts that were asked for at a cloud provider and are not known to be there yet. No foreign key: a deleted user still has to be removed there.';
comment on column app_private.asked_names.user_id is 'The user.';
comment on column app_private.asked_names.provider is 'The cloud provider.';
comment on column app_private.asked_names.username is 'The name that the account was asked for by, whatever the user is called by now.';
comment on column app_private.asked_names.email is 'And the address.';
comment on column app_private.asked_names.step_id is 'The step that asks; no foreign key, for it may be gone. While a worker is at it others wait.';
