create or replace function app_private.find_pieces(user_ids uuid[])
returns table (user_id uuid, piece text, kind text, is_made boolean, resource_id uuid)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select u.id, p.name, p.kind, m.piece is not null,
    case p.kind
      when 'space' then (
        select s.id from app_public.spaces s
        where s.owner_id = u.id and case when m.piece is null then s.kind = 'personal' else s.id = m.resource_id end
      )
      when 'notebook' then book.id
      when 'document' then (
        select d.id from app_public.documents d
        where d.notebook_id = book.id and case when m.piece is null then d.title = p.name else d.id = m.resource_id end
        order by d.created_at
        limit 1
      )
      when 'agent' then (
        select a.id from app_public.spaces s join app_public.agents a on a.space_id = s.id
        where s.owner_id = u.id and case when m.piece is null then a.name = p.name else a.id = m.resource_id end
        order by s.kind = 'personal' desc, a.created_at
        limit 1
      )
    end
  from unnest(find_pieces.user_ids) as u (id)
  left join lateral (
    select n.id
    from app_private.onboarding_pieces p
    left join app_private.onboarding_made m on m.user_id = u.id and m.piece = p.name
    join app_public.spaces s on s.owner_id = u.id
    join app_public.notebooks n on n.space_id = s.id and case when m.piece is null then n.name = p.name else n.id = m.resource_id end
    where p.kind = 'notebook'
    order by s.kind = 'personal' desc, n.created_at
    limit 1
  ) book on true
  cross join app_private.onboarding_pieces p
  left join app_private.onboarding_made m on m.user_id = u.id and m.piece = p.name;
end
$$;

comment on function app_private.find_pieces(uuid[]) is
  'For each of the users and each piece of onboarding: whether it was once made, and the resource as it is now (null: gone, or not yet there). What was made is known by its id, so it may be renamed; what was not is found by its name. For onboarding.';
