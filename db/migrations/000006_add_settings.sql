-- The lifecycles, what a signup gives, and what a deletion purges: rows, so that they can be changed without touching code.
-- Locks nothing that anybody uses yet.

insert into steward.lanes (name, is_outside) values ('drive', true), ('cloud', true);
insert into steward.watched_schemas (schema_name) values ('app_public'), ('app_private');

-- What is in a space goes before the space. Spaces that lost their owner get nothing new: no cut-off is needed.
insert into steward.purge_targets (subject_table, table_name, key_column, key_query, cutoff_column, position) values
  ('app_public.users', 'app_public.documents', 'notebook_id',
   'select n.id from app_public.notebooks n join app_public.spaces s on s.id = n.space_id where s.former_owner_id = any ($1::uuid[])', null, 0),
  ('app_public.users', 'app_public.agent_notebooks', 'agent_id',
   'select a.id from app_public.agents a join app_public.spaces s on s.id = a.space_id where s.former_owner_id = any ($1::uuid[])', null, 0),
  ('app_public.users', 'app_public.agents', 'space_id', 'select s.id from app_public.spaces s where s.former_owner_id = any ($1::uuid[])', null, 1),
  ('app_public.users', 'app_public.notebooks', 'space_id', 'select s.id from app_public.spaces s where s.former_owner_id = any ($1::uuid[])', null, 1),
  ('app_public.users', 'app_public.spaces', 'former_owner_id', null, null, 2),
  ('app_public.users', 'app_public.labels', 'user_id', null, 'id', 3);

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
