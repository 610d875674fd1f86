create or replace function steward_private.check_table_owner(of_table regclass)
returns void
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_owner name;
begin
  -- The engine's owner makes the triggers, and takes them off again: the second takes the rights of the table's owner.
  select c.relowner::regrole into v_owner
  from pg_catalog.pg_class c
  where (c.oid = check_table_owner.of_table or c.oid in (select p.relid from pg_partition_tree(check_table_owner.of_table) p))
    and not pg_has_role(c.relowner, 'usage')
  limit 1;
  if found then
    raise exception using
      errcode = 'ST424',
      message = format('%s belongs to %s, and %I, which owns Steward, may not make triggers on it and take them off again.', check_table_owner.of_table, v_owner, current_user),
      hint = format('grant %s to %I; or let the owner of the table install Steward.', v_owner, current_user);
  end if;
end
$$;

comment on function steward_private.check_table_owner(regclass) is
  'Raises ST424 when the owner of Steward has not the rights of the owner of a table or of one of its partitions. For steward.attach and steward.detach.';
