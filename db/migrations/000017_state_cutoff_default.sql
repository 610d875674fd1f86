-- The registry's check asks for more than the comment said.
comment on column app_private.purge_targets.cutoff_column is
  'Tells rows from before a deletion from later ones: a bigint fed by a sequence of its own, or a timestamptz not null default clock_timestamp().';
