create or replace function app_private.raise_refusal(code text, subject text, state text, said text, table_name text default null, constraint_name text default null)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if raise_refusal.state = any ('{23503,23001}') then
    raise exception using
      errcode = raise_refusal.code, column = 'id',
      message = format('Rows of %s refer to the %s (%s).', raise_refusal.table_name, raise_refusal.subject, raise_refusal.constraint_name),
      hint = 'Remove these rows first, or let the foreign key cascade, set null or be purged.';
  end if;
  raise exception using
    errcode = raise_refusal.code, column = 'id',
    message = format('A trigger or a rule of the application keeps the %s.', raise_refusal.subject),
    detail = coalesce(raise_refusal.said, ''),
    hint = 'See what the application says: nothing was deleted.';
end
$$;

comment on function app_private.raise_refusal(text, text, text, text, text, text) is
  'Raises an error for a deletion that the database refused: rows refer to the subject, or a trigger keeps it. What a trigger said is in the detail, which clients of the API are not told. For app_public.delete_user and delete_project.';
