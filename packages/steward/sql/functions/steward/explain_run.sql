create or replace function steward.explain_run(run uuid, out code text, out who text, out explanation text)
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s' -- the answer is not to wait for the lock that it is about
as $$
#variable_conflict use_column
declare
  v_holders text;
begin
  -- A function of its own: with this one's variables Postgres would wait for the lock before it comes to the next line.
  select e.code, e.who, e.explanation into code, who, explanation from steward_private.explain_what_is_read(explain_run.run) e;
exception when lock_not_available then
  v_holders := steward_private.lock_holders('{AccessExclusiveLock}', true);
  code := 'blocked';
  who := 'operator';
  explanation := format('Nobody can read the tables of the engine, workers no more than this: %s. All goes on when that transaction ends. %s',
    coalesce(v_holders, 'a session that was not seen has locked one'), steward_private.how_to_end(coalesce(v_holders, '')));
end
$$;

comment on function steward.explain_run(uuid) is
  E'@behavior -*\nWhy a run is not further, in a paragraph, with a code (docs/operate.md lists them) and who can do something about it: nobody (it goes on by itself), operator, developer (of the application) or provider. For operators and the owner.';
