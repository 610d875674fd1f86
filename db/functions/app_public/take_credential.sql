create or replace function app_public.take_credential(
  project_id uuid,
  out access_id text,
  out secret_sealed text
)
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  update app_private.cloud_credentials c
  set shown_at = now()
  where c.project_id = take_credential.project_id and c.user_id = app_public.current_user_id() and c.shown_at is null
    -- Whoever was removed may be faster than the removal at the provider.
    and exists (select from app_public.project_members m where m.project_id = c.project_id and m.user_id = c.user_id)
  returning c.access_id, c.secret_sealed into access_id, secret_sealed;
  if not found then
    raise exception using errcode = 'ST311', column = 'projectId', message = 'There is no credential to show.';
  end if;
end
$$;

comment on function app_public.take_credential(uuid) is
  E'@behavior -*\nReturns the rotated credential of who asks in this project, still sealed, once. For the server, which opens it before it commits.';

grant execute on function app_public.take_credential(uuid) to steward_user, steward_admin;
