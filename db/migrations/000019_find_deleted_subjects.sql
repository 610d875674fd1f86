-- no transaction: an index that is made concurrently holds nobody up
create index concurrently if not exists runs_deleted_subject_idx on app_public.runs ((input ->> 'subject_hash'))
where kind = 'user_deletion';
