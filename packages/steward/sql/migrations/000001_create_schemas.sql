-- The engine's two schemas. Whoever may read and call what is in steward is granted that by name (steward.grant_reader): nothing is
-- granted to public, and no role is made. Locks nothing: all is new.
create schema steward;
create schema if not exists steward_private; -- the list of what was applied lies in it already

comment on schema steward is 'Steward: lifecycles, their runs and steps, and views for those who run the database.';
comment on schema steward_private is 'Steward''s machinery. Nobody but its owner has any right in here.';
