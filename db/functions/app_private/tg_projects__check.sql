create or replace function app_private.tg_projects__check()
returns trigger
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Before any worker has told where projects can be, none is refused: the link step will tell.
  if exists (select from app_private.cloud_regions)
    and not exists (
      select from app_private.cloud_regions c
      where c.provider = NEW.provider and (NEW.region is null or c.region = NEW.region)
    )
  then
    if exists (select from app_private.cloud_regions c where c.provider = NEW.provider) then
      raise exception using
        errcode = 'ST302', column = 'region',
        message = format('There is no region %s at the cloud provider %s.', quote_literal(left(NEW.region, 100)), NEW.provider),
        hint = 'Name one of the regions that Steward is configured for, or none for the default.';
    end if;
    raise exception using
      errcode = 'ST301', column = 'provider',
      message = format('There is no cloud provider %s.', quote_literal(left(NEW.provider, 100))),
      hint = 'Name one of the providers that Steward is configured for.';
  end if;
  return NEW;
end
$$;

comment on function app_private.tg_projects__check() is
  'Refuses a project at a provider (ST301) or in a region (ST302) that Steward is not configured for.';

create or replace trigger _200_check
before insert or update of provider, region on app_public.projects
for each row
execute function app_private.tg_projects__check();
