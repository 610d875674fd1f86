-- The lifecycles, what a signup gives, and what a deletion purges: rows, so that they can be changed without touching code.
-- Locks nothing that anybody uses yet.

insert into app_private.lanes (name) values ('database'), ('drive'), ('cloud');

insert into app_private.lifecycles (kind, subject, description) values
  ('user_signup', 'user', 'A new user gets their first notebook and agent, and an account at the drive provider.'),
  ('user_deletion', 'user', 'What a deleted user owned goes: rows in batches, the drive account, the cloud memberships.'),
  ('project_provisioning', 'project', 'A new project is made at the cloud provider, and its members are put into it.'),
  ('project_update', 'project', 'Members who came, went or changed their role later are brought into line at the cloud provider.'),
  ('project_state', 'project', 'A project is disabled or enabled at the cloud provider.'),
  ('project_deletion', 'project', 'A deleted project is removed at the cloud provider.');

insert into app_private.lifecycle_steps (kind, name, task, lane, is_batch, after, timeout, max_attempts, priority) values
  ('user_signup', 'onboard', 'onboard', 'database', false, '{}', '10 seconds', 3, 0),
  ('user_signup', 'drive_account', 'drive_account', 'drive', false, '{}', '300 seconds', 3, 0),
  ('user_signup', 'drive_cleanup', 'drive_cleanup', 'drive', false, '{drive_account}', '300 seconds', 3, 1),
  ('user_deletion', 'purge', 'purge', 'database', true, '{}', '300 seconds', 3, 5),
  ('user_deletion', 'drive_remove', 'drive_remove', 'drive', false, '{}', '300 seconds', 3, 2),
  ('user_deletion', 'cloud_remove', 'cloud_remove', 'cloud', false, '{}', '300 seconds', 3, 2),
  ('project_provisioning', 'project_link', 'project_link', 'cloud', false, '{}', '300 seconds', 3, 0),
  ('project_provisioning', 'sync_member', 'sync_member', 'cloud', true, '{project_link}', '300 seconds', 3, 1),
  ('project_update', 'sync_member', 'sync_member', 'cloud', true, '{}', '300 seconds', 3, 1),
  ('project_state', 'project_state', 'project_state', 'cloud', false, '{}', '300 seconds', 3, 0),
  ('project_deletion', 'project_remove', 'project_remove', 'cloud', false, '{}', '300 seconds', 3, 2);

insert into app_private.settings (name, value, description) values
  ('purge_inline_threshold', 1000, 'A deletion purges at most so many rows in its own transaction; more go in the background. Rows.');

insert into app_private.purge_targets (table_name, user_column, cutoff_column) values ('app_public.labels', 'user_id', 'id');

insert into app_public.user_types (name, initial_balance, is_default) values ('Normal HR', 100, true);
insert into app_public.features (name) values ('notebooks'), ('documents'), ('agents'), ('drive');
insert into app_public.user_type_features (user_type_id, feature_id)
select t.id, f.id from app_public.user_types t cross join app_public.features f;

insert into app_private.onboarding_pieces (name, position, kind) values
  ('Personal', 1, 'space'),
  ('Getting Started', 2, 'notebook'),
  ('Welcome', 3, 'document'),
  ('Quick Start Guide', 4, 'document'),
  ('Sample FAQ', 5, 'document'),
  ('Personal Assistant', 6, 'agent');
