create or replace function steward.pause(task text default null, lane text default null, lifecycle text default null, reason text default null)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_what text;
  v_name text;
begin
  select p.what, p.name into v_what, v_name from steward_private.pausable(pause.task, pause.lane, pause.lifecycle) p;
  insert into steward.pauses (what, name, reason, paused_by)
  values (v_what, v_name, pause.reason, steward_private.actor())
  on conflict on constraint pauses_pkey do nothing;
  if not found then
    return format('%s %s was paused already.', v_what, v_name);
  end if;
  perform steward_private.note_steering('pause', jsonb_build_object(v_what, v_name), pause.reason);
  return format('%s %s is paused: no step of it begins. What runs goes on.', v_what, v_name);
end
$$;

comment on function steward.pause(text, text, text, text) is
  E'@behavior -*\nPauses a task, a lane or a lifecycle (name one): no step of it begins until steward.unpause, whatever workers come; what has begun goes on, and nothing uses up an attempt. ST430: nothing, or more than one, is named, or it does not exist. For steward.grant_dba and the owner.';
