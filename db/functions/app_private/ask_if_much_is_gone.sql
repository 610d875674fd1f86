create or replace function app_private.ask_if_much_is_gone(run_id uuid, provider text, part text)
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
  v_kind text;
  v_gone bigint;
begin
  select r.kind into v_kind
  from steward.runs r
  where r.id = ask_if_much_is_gone.run_id and r.input ->> 'is_remade' is null and not coalesce((r.input ->> 'is_dry_run')::boolean, false);
  if v_kind is null then
    return; -- somebody said what is to become of what is gone, or asked to look only
  end if;
  select count(*) into v_gone
  from app_public.differences d
  where d.ended_at is null and d.what = 'existence' and d.seen_at > now() - interval '1 hour'
    and d.provider = ask_if_much_is_gone.provider and d.part = ask_if_much_is_gone.part;
  if v_gone >= 100 and v_gone * 10 > (
    select count(*)
    from (
      select from steward.runs r
      where r.kind = v_kind and r.status = 'succeeded' and r.finished_at > now() - interval '1 hour'
      limit v_gone * 10
    ) r
  )
  then
    raise exception using errcode = 'ST218',
      message = format('More than a tenth of what was looked at within an hour is gone at %s; nothing is made again until somebody says that it shall be.', ask_if_much_is_gone.provider);
  end if;
end
$$;

comment on function app_private.ask_if_much_is_gone(uuid, text, text) is
  'Raises ST218 where a look that nobody told what to do found one more account or project gone, after more than a tenth of all that were looked at within an hour, and no fewer than a hundred: the provider is probably another one, or empty. Before differences are noted.';
