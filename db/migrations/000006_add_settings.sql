-- The lifecycles, what a signup gives, and what a deletion purges: rows, so that they can be changed without touching code.
-- Locks nothing that anybody uses yet.

insert into steward.lanes (name, is_outside) values ('drive', true), ('cloud', true);
insert into steward.watched_schemas (schema_name) values ('app_public'), ('app_private');

insert into steward.settings (name, value, description) values
  ('purge_inline_threshold', 1000, 'A deletion purges at most so many rows in its own transaction; more go in the background. Rows.');

insert into steward.purge_targets (table_name, user_column, cutoff_column) values ('app_public.labels', 'user_id', 'id');

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
