create or replace function steward_private.mend_starts()
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_missed steward.missed_starts;
begin
  if not steward_private.take_turn('mend') then
    return;
  end if;
  for v_missed in
    select * from steward.missed_starts m
    -- The more often in vain, the seldomer, at most an hour apart.
    where m.subject_ids <> '{}' -- of an expression that failed: nobody can tell which rows
      and m.tried_at < clock_timestamp() - least(interval '5 seconds' * power(2, least(m.tries, 12)), interval '1 hour')
    order by m.tried_at
    limit 20
    for update skip locked
  loop
    begin
      perform steward.start_runs(
        v_missed.kind, v_missed.subject_table, v_missed.subject_ids, v_missed.owner_ids, v_missed.scope_ids, v_missed.inputs
      );
      delete from steward.missed_starts m where m.id = v_missed.id;
    exception
      when serialization_failure or deadlock_detected or query_canceled then
        raise;
      when others then
        update steward.missed_starts m
        set tries = m.tries + 1, tried_at = clock_timestamp(), error_code = sqlstate, error_message = sqlerrm
        where m.id = v_missed.id;
    end;
  end loop;
end
$$;

comment on function steward_private.mend_starts() is
  'Starts runs that could not be started when their rows were written (on_error => log). For every worker, each few seconds.';
