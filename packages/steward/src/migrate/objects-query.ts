// What is in our schemas, as the catalogue has it: one row for each object, with the statement that makes it again. What holds
// data has none. Names are qualified (search_path is empty), and the order is one in which the statements can run.

const OURS = "(select n.oid from pg_namespace n where n.nspname = any ($1))";
const NO_EXTENSIONS = "not exists (select from pg_depend x where x.objid = o.oid and x.deptype = 'e')";

const SCHEMAS = `
select 1, o.oid, 'schema', quote_ident(o.nspname), format('create schema %I', o.nspname)
from pg_namespace o where o.oid in ${OURS}`;

const TYPES = `
select 2, o.oid, 'type', o.oid::regtype::text, null
from pg_type o left join pg_class c on c.oid = o.typrelid
where o.typnamespace in ${OURS} and (o.typtype in ('e', 'd') or c.relkind = 'c') and ${NO_EXTENSIONS}`;

const TABLES = `
select 3, o.oid, 'table', o.oid::regclass::text, null
from pg_class o where o.relnamespace in ${OURS} and o.relkind in ('r', 'p') and ${NO_EXTENSIONS}`;

const COLUMNS = `
select 4, o.oid, 'column', format('%s.%I', o.oid::regclass, a.attname), null
from pg_class o join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
where o.relnamespace in ${OURS} and o.relkind in ('r', 'p')`;

const FUNCTIONS = `
select 5, o.oid, 'function', o.oid::regprocedure::text, pg_get_functiondef(o.oid)
from pg_proc o where o.pronamespace in ${OURS} and o.prokind in ('f', 'p') and ${NO_EXTENSIONS}`;

const VIEWS = `
select 5, o.oid, 'view', o.oid::regclass::text,
  format('create view %s %s as %s', o.oid::regclass, 'with (' || array_to_string(o.reloptions, ', ') || ')', pg_get_viewdef(o.oid))
from pg_class o where o.relnamespace in ${OURS} and o.relkind = 'v' and ${NO_EXTENSIONS}`;

// Foreign keys need what they refer to.
const CONSTRAINTS = `
select case o.contype when 'f' then 7 else 6 end, o.oid, 'constraint', format('%I on %s', o.conname, o.conrelid::regclass),
  format('alter table %s add constraint %I %s', o.conrelid::regclass, o.conname, pg_get_constraintdef(o.oid))
from pg_constraint o where o.connamespace in ${OURS} and o.conrelid <> 0 and o.contype in ('p', 'u', 'c', 'f', 'x')`;

// Without those that the engine makes for attachments: they call functions of another schema, and come and go with their row.
const TRIGGERS = `
select 8, o.oid, 'trigger', format('%I on %s', o.tgname, o.tgrelid::regclass),
  format('drop trigger if exists %I on %s; %s', o.tgname, o.tgrelid::regclass, pg_get_triggerdef(o.oid))
from pg_trigger o join pg_proc f on f.oid = o.tgfoid
where (f.pronamespace in ${OURS} or f.pronamespace = 'pg_catalog'::regnamespace) and o.tgrelid in (select c.oid from pg_class c where c.relnamespace in ${OURS}) and not o.tgisinternal and o.tgenabled <> 'D'`;

const POLICIES = `
select 8, o.oid, 'policy', format('%I on %s', o.polname, o.polrelid::regclass),
  concat(format('create policy %I on %s', o.polname, o.polrelid::regclass), case when not o.polpermissive then ' as restrictive' end,
    case o.polcmd when 'r' then ' for select' when 'a' then ' for insert' when 'w' then ' for update' when 'd' then ' for delete' end,
    ' to ', (select string_agg(case when r = 0 then 'public' else r::regrole::text end, ', ') from unnest(o.polroles) r),
    ' using (' || pg_get_expr(o.polqual, o.polrelid) || ')', ' with check (' || pg_get_expr(o.polwithcheck, o.polrelid) || ')')
from pg_policy o where o.polrelid in (select c.oid from pg_class c where c.relnamespace in ${OURS})`;

const ROW_SECURITY = `
select 8, o.oid, 'row security', o.oid::regclass::text, format('alter table %s enable row level security', o.oid::regclass)
from pg_class o where o.relnamespace in ${OURS} and o.relrowsecurity`;

/** Without those that belong to a constraint. One that was left half made serves nobody. */
const INDEXES = `
select 9, o.indexrelid, 'index', o.indexrelid::regclass::text, pg_get_indexdef(o.indexrelid)
from pg_index o
where o.indrelid in (select c.oid from pg_class c where c.relnamespace in ${OURS}) and o.indisvalid
  and not exists (select from pg_constraint k where k.conindid = o.indexrelid and k.contype in ('p', 'u', 'x'))`;

/** Every privilege on something of ours that somebody but its owner has. */
const ACLS = `(
  select n.oid, 'schema ' || quote_ident(n.nspname) as name, null as columns, n.nspacl as acl, n.nspowner as owner from pg_namespace n where n.oid in ${OURS}
  union all
  select c.oid, case c.relkind when 'S' then 'sequence ' else 'table ' end || c.oid::regclass, null, c.relacl, c.relowner
  from pg_class c where c.relnamespace in ${OURS} and c.relkind in ('r', 'p', 'v', 'm', 'S')
  union all
  select c.oid, 'table ' || c.oid::regclass, format('(%I)', a.attname), a.attacl, c.relowner
  from pg_class c join pg_attribute a on a.attrelid = c.oid where c.relnamespace in ${OURS} and not a.attisdropped
  union all
  select p.oid, 'routine ' || p.oid::regprocedure, null, p.proacl, p.proowner from pg_proc p where p.pronamespace in ${OURS}
  union all
  select t.oid, 'type ' || t.oid::regtype, null, t.typacl, t.typowner from pg_type t where t.typnamespace in ${OURS}
) o
cross join aclexplode(o.acl) a
where a.grantee not in (0, o.owner)`;

// Roles belong to the server, not to the database: a dump has none.
const ROLES = `
select distinct 0, a.grantee, 'role', a.grantee::regrole::text,
  format('do $$ begin if to_regrole(%L) is null then create role %s nologin; end if; end $$', a.grantee::regrole, a.grantee::regrole)
from ${ACLS}`;

const GRANTS = `
select 10, o.oid, 'grant', concat_ws(' ', lower(a.privilege_type), o.columns, 'on', o.name, 'to', a.grantee::regrole),
  format('grant %s %s on %s to %s', lower(a.privilege_type), o.columns, o.name, a.grantee::regrole)
from ${ACLS}`;

const COMMENTS = `
select 11, o.objoid, 'comment', i.type || ' ' || i.identity, format('comment on %s %s is %L', regexp_replace(i.type, '^.* ', ''), i.identity, o.description)
from (
  select d.* from pg_description d
  where d.objoid in (
    select n.oid from pg_namespace n where n.oid in ${OURS}
    union all select c.oid from pg_class c where c.relnamespace in ${OURS}
    union all select p.oid from pg_proc p where p.pronamespace in ${OURS}
    union all select t.oid from pg_type t where t.typnamespace in ${OURS}
  )
  offset 0
) o
cross join pg_identify_object(o.classoid, o.objoid, o.objsubid) i
where i.type ~ '^(schema|table|view|function|procedure|type|index|(table|view) column)$'`;

const PARTS = [
  ROLES,
  SCHEMAS,
  TYPES,
  TABLES,
  COLUMNS,
  FUNCTIONS,
  VIEWS,
  CONSTRAINTS,
  TRIGGERS,
  POLICIES,
  ROW_SECURITY,
  INDEXES,
  GRANTS,
  COMMENTS,
];

export const LIST_OBJECTS = `
select o.kind, o.name, min(o.definition) as definition, min(o.rank) as rank
from (${PARTS.join("\nunion all\n")}) o (rank, oid, kind, name, definition)
group by o.kind, o.name
order by min(o.rank), min(o.oid)`;
