-- Upkeep that one worker at a time does: a row of ours for each kind, which nobody without rights can hold, as any login could an advisory lock.
create table steward_private.turns (
  name text primary key
);
comment on table steward_private.turns is 'Upkeep that one worker at a time does. Who does it holds the row locked (steward_private.take_turn).';
comment on column steward_private.turns.name is 'What is done.';
insert into steward_private.turns (name) values ('rescue'), ('mend'), ('forget');
