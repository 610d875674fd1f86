create or replace function app_private.onboarding_missing(user_id uuid)
returns text[]
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  return (
    with found as materialized (
      select * from app_private.find_pieces(array[onboarding_missing.user_id])
    )
    select coalesce(array_agg(f.piece order by p.position), '{}')
    from found f
    join app_private.onboarding_pieces p on p.name = f.piece
    where not f.is_made and f.resource_id is null
      and not exists (
        -- What belongs into something that the user has deleted is not wanted any more either.
        select from found parent
        where parent.is_made and parent.resource_id is null
          and (parent.kind = 'space' and f.kind <> 'space' or parent.kind = 'notebook' and f.kind = 'document')
      )
  );
end
$$;

comment on function app_private.onboarding_missing(uuid) is
  'The names of the pieces of onboarding that a user has still to get, in order. What they deleted on purpose is not missing.';
