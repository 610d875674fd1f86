create or replace function app_private.onboard_users(user_ids uuid[], model text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_user_ids uuid[];
  v_untold text;
begin
  -- One at a time for each user: what is looked up below cannot come to be meanwhile. Who was deleted is left out.
  v_user_ids := app_private.lock_users(onboard_users.user_ids);
  if v_user_ids = '{}' then
    return;
  end if;

  with found as materialized (
    select f.*, p.description, p.tags
    from app_private.find_pieces(v_user_ids) f
    join app_private.onboarding_pieces p on p.name = f.piece
  ),
  -- What is neither there nor was ever made.
  wanted as (
    select * from found where not is_made and resource_id is null
  ),
  new_spaces as (
    insert into app_public.spaces (owner_id, name, kind)
    select w.user_id, w.piece, 'personal' from wanted w where w.kind = 'space'
    returning id, owner_id, name
  ),
  spaces as (
    select f.user_id, f.resource_id as id from found f where f.kind = 'space' and f.resource_id is not null
    union all
    select n.owner_id, n.id from new_spaces n
  ),
  new_notebooks as (
    insert into app_public.notebooks (space_id, name, description, tags)
    select s.id, w.piece, w.description, w.tags
    from wanted w join spaces s on s.user_id = w.user_id
    where w.kind = 'notebook'
    returning id, space_id, name
  ),
  notebooks as (
    select f.user_id, f.resource_id as id from found f where f.kind = 'notebook' and f.resource_id is not null
    union all
    select s.user_id, n.id from new_notebooks n join spaces s on s.id = n.space_id
  ),
  wanted_documents as (
    select n.user_id, n.id as notebook_id, w.piece, t.body
    from wanted w
    join notebooks n on n.user_id = w.user_id
    left join app_private.document_templates t on t.title = w.piece
    where w.kind = 'document'
  ),
  new_documents as (
    insert into app_public.documents (notebook_id, title, body, source, is_sample)
    select d.notebook_id, d.piece, d.body, 'onboarding', true from wanted_documents d where d.body is not null
    returning id, notebook_id, title
  ),
  new_agents as (
    insert into app_public.agents (space_id, name, type, model, tags)
    select s.id, w.piece, 'qa', onboard_users.model, w.tags
    from wanted w join spaces s on s.user_id = w.user_id
    where w.kind = 'agent'
    returning id, space_id, name
  ),
  had as (
    insert into app_private.onboarding_made (user_id, piece, resource_id)
    select f.user_id, f.piece, f.resource_id from found f where not f.is_made and f.resource_id is not null
    union all
    select n.owner_id, n.name, n.id from new_spaces n
    union all
    select s.user_id, n.name, n.id from new_notebooks n join spaces s on s.id = n.space_id
    union all
    select n.user_id, d.title, d.id from new_documents d join notebooks n on n.id = d.notebook_id
    union all
    select s.user_id, a.name, a.id from new_agents a join spaces s on s.id = a.space_id
    returning user_id, piece, resource_id
  ),
  readers as (
    insert into app_public.agent_notebooks (agent_id, notebook_id)
    select h.resource_id, n.id
    from had h
    join app_private.onboarding_pieces p on p.name = h.piece and p.kind = 'agent'
    join notebooks n on n.user_id = h.user_id
    on conflict do nothing
  )
  select min(d.piece) into v_untold from wanted_documents d where d.body is null;

  if v_untold is not null then
    raise exception using
      errcode = 'ST220',
      message = format('There is no template for the sample document %s.', quote_literal(v_untold)),
      hint = 'Put its text into app_private.document_templates, then retry the run.';
  end if;
end
$$;

comment on function app_private.onboard_users(uuid[], text) is
  'Gives each of the users those pieces of onboarding that they lack: model is the language model of the agent. What was made once and since renamed or deleted is left so; what is there without having been noted is adopted. Users that are gone are passed over. Raises ST220 when a document''s text is missing. For the step onboard.';
