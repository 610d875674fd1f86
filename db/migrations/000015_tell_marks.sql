-- Differences tell of marks too. Locks nothing that anybody waits for.
comment on column app_public.differences.what is 'existence, mark (whose it is), enabled, name, description, email, quota, role or key.';
