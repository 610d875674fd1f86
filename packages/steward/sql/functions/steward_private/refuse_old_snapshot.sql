create or replace function steward_private.refuse_old_snapshot(of_table regclass)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
    raise exception using
      errcode = 'ST425',
      message = format('%s cannot be truncated under %s: rows that came after the snapshot would go unseen.', refuse_old_snapshot.of_table, upper(current_setting('transaction_isolation'))),
      hint = 'Begin the transaction with "begin isolation level read committed", or delete the rows.';
  end if;
end
$$;

comment on function steward_private.refuse_old_snapshot(regclass) is
  'For triggers before a TRUNCATE, which takes away all rows, also those that the transaction cannot see. Raises ST425 unless each statement has a snapshot of its own, taken when nobody else writes any more.';
