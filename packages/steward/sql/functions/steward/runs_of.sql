create or replace function steward.runs_of(subject_table text, subject_id text, most integer default 20)
returns setof steward.runs
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set enable_bitmapscan = off
set jit = off
as $$
  select r.*
  from (
    (
      select o.* from steward.runs o
      where o.status in ('pending', 'running', 'suspended') and o.subject_id = runs_of.subject_id and o.subject_table = runs_of.subject_table
    )
    union all
    (
      select f.* from steward.runs f
      where f.finished_at is not null and f.subject_id = runs_of.subject_id and f.subject_table = runs_of.subject_table
      order by f.created_at desc
      limit runs_of.most
    )
  ) r
  order by r.created_at desc, r.id desc
  limit runs_of.most
$$;

comment on function steward.runs_of(text, text, integer) is
  E'@behavior -*\nThe latest runs of a row, the newest first, as far as the caller may see them. For readers and operators.';
