-- The shape in which progress is shown. Locks nothing: it is new.
create type app_public.progress as (
  done integer,
  total integer,
  failed integer,
  percent double precision
);
comment on type app_public.progress is 'How far something is.';
comment on column app_public.progress.done is 'Steps that succeeded.';
comment on column app_public.progress.total is 'Steps in all, as far as known now.';
comment on column app_public.progress.failed is 'Steps that failed for good or were cancelled.';
comment on column app_public.progress.percent is '0 to 100; counts the work within running steps too.';
