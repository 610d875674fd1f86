// Whether the Postgres server, and how it is set, suit: what hurts is named with the statement that mends it.
import type pg from "pg";
import type { Finding } from "../config/define.ts";
import { isPooled } from "../engine/pooler.ts";
import type { Setting } from "../setting/index.ts";
import { hint, problem } from "./finding.ts";

const OLDEST_VERSION = 150_000;
/** Workers read no clock of their own, but tokens and log lines do. */
const CLOCK_MS = 5_000;
/** What the server, the worker and their probes take at their usual settings. */
const FEW_CONNECTIONS = 60;

interface Server {
  readonly version: number;
  readonly now: number;
  readonly is_superuser: boolean;
  readonly is_reading: boolean;
  readonly autovacuum: string;
  readonly track_activities: string;
  readonly track_counts: string;
  readonly isolation: string;
  readonly statement_timeout: string;
  readonly max_connections: number;
  /** Connection limits; -1 for none. */
  readonly of_database: number;
  readonly of_role: number;
  readonly writes: boolean;
  readonly fires_triggers: boolean;
}

const SERVER = `
select
  current_setting('server_version_num')::integer as version,
  (extract(epoch from clock_timestamp()) * 1000)::double precision as now,
  (select r.rolsuper from pg_roles r where r.rolname = current_user) as is_superuser,
  pg_is_in_recovery() as is_reading,
  current_setting('autovacuum') as autovacuum,
  current_setting('track_activities') as track_activities,
  current_setting('track_counts') as track_counts,
  -- as this role is given them: our own sessions set theirs
  (select p.reset_val from pg_settings p where p.name = 'default_transaction_isolation') as isolation,
  (select p.reset_val from pg_settings p where p.name = 'statement_timeout') as statement_timeout,
  (select p.reset_val = 'off' from pg_settings p where p.name = 'default_transaction_read_only') as writes,
  (select p.reset_val <> 'replica' from pg_settings p where p.name = 'session_replication_role') as fires_triggers,
  current_setting('max_connections')::integer as max_connections,
  (select d.datconnlimit from pg_database d where d.datname = current_database()) as of_database,
  (select r.rolconnlimit from pg_roles r where r.rolname = current_user) as of_role`;

/** Since when other roles' transactions are open only members of pg_read_all_stats see; how many came after them, everybody. */
const HELD = `
select a.pid, a.application_name, a.usename,
  coalesce(floor(extract(epoch from now() - a.xact_start) / 60) || ' minutes', age(a.backend_xmin) || ' other transactions') as time
from pg_stat_activity a
where a.backend_xmin is not null and a.datname = current_database() and a.usesysid is not null
  and case when a.xact_start is null then age(a.backend_xmin) > 100000 else a.xact_start < now() - interval '10 minutes' end
order by a.xact_start limit 5`;

/** What keeps Postgres from cleaning up beside sessions: prepared transactions, and slots for a standby that does not come. */
const LEFT = `
select format('The prepared transaction %s of %s has been open for %s: it keeps its locks, and nothing that died since can be removed.', p.gid, p.owner, steward_private.span(now() - p.prepared)) as message,
  format('commit prepared %L; or rollback prepared %1$L;', p.gid) as next
from pg_prepared_xacts p
where p.database = current_database() and p.prepared < now() - interval '10 seconds'
union all
select format('The replication slot %s, which nobody reads, holds back %s of WAL, until the disk is full, and what died within the last %s transactions.',
    s.slot_name, pg_size_pretty(s.kept), coalesce(s.transactions, 0)),
  format('Start what reads it, or: select pg_drop_replication_slot(%L);', s.slot_name)
from (
  select s.slot_name, greatest(age(s.xmin), age(s.catalog_xmin)) as transactions,
    pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, s.restart_lsn) as kept
  from pg_replication_slots s
  where not s.active
) s
where s.transactions > 100000 or s.kept > 256 * 1024 * 1024
union all
select format('WAL cannot be archived (%s failed at %s): all of it stays, until the disk is full.', a.last_failed_wal, steward_private.clock(a.last_failed_time)),
  'The log of Postgres says why archive_command fails.'
from pg_stat_archiver a
where a.last_failed_time > coalesce(a.last_archived_time, '-infinity')
union all
select format('The queue of notifications is %s %% full. When it is full, nothing that tells of new work can be committed, inserts of the application among it.', round(u.usage * 100)),
  'End the session that listens and keeps a transaction open: select pid, application_name, xact_start from pg_stat_activity where xact_start is not null order by xact_start limit 5;'
from pg_notification_queue_usage() as u (usage)
where u.usage > 0.1
limit 10`;

/** Sequences of whichever table, for inserts of the application fail as those of the engine do. */
const USED_UP = `
select format('The sequence %I.%I has given %s of its %s numbers: %s', s.schemaname, s.sequencename, s.given, s.numbers,
    case when s.given >= s.numbers then 'inserts that need another one fail.' else 'soon inserts that need another one will fail.' end) as message,
  format('Give it more, as far as the column''s type allows: alter sequence %I.%I as bigint no maxvalue; (and the column: alter column ... type bigint)', s.schemaname, s.sequencename) as next,
  s.given >= s.numbers as is_at_end
from (
  select q.*, div(abs(q.last_value::numeric - q.start_value), abs(q.increment_by)) + 1 as given,
    div(abs(case when q.increment_by > 0 then q.max_value else q.min_value end::numeric - q.start_value), abs(q.increment_by)) + 1 as numbers
  from pg_sequences q
  where q.last_value is not null and not q.cycle
) s
where s.given > 0.9 * s.numbers
order by s.given / s.numbers desc
limit 5`;

const DEAD = `
select s.relid::regclass::text as name, s.n_dead_tup::bigint as dead
from pg_stat_user_tables s
where s.relid in ('steward.runs'::regclass, 'steward.steps'::regclass)
  and s.n_dead_tup > 100000 and s.n_dead_tup > s.n_live_tup`;

/** What other logins are given here that keeps what they write from being followed, or from being written. */
const OF_OTHERS = `
select r.rolname as role, s.setting
from pg_db_role_setting d
join pg_roles r on r.oid = d.setrole and r.rolname <> current_user
cross join lateral unnest(d.setconfig) as s (setting)
where d.setdatabase in (0, (select b.oid from pg_database b where b.datname = current_database()))
  and s.setting in ('session_replication_role=replica', 'default_transaction_read_only=on', 'default_transaction_read_only=true')
order by 1, 2`;

export async function examineServer(client: pg.Client, { databaseUrl }: Setting): Promise<Finding[]> {
  const sentAt = Date.now();
  const { rows } = await client.query<Server>(SERVER);
  const [server] = rows;
  if (server === undefined) return [];
  return [
    ...ofSettings(server),
    ...ofClock(server.now, sentAt, Date.now()),
    ...(await ofPooler(client, databaseUrl)),
    ...(await ofSnapshots(client)),
    ...(await ofSequences(client)),
    ...(await ofOthers(client)),
  ];
}

async function ofOthers(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ role: string; setting: string }>(OF_OTHERS);
  return rows.map(({ role, setting }) =>
    hint(
      `The role ${role} has the setting ${setting}: ${setting.startsWith("session") ? "no trigger fires for what it writes, so its rows have no runs." : "it cannot write."}`,
      `Unless that is meant: alter role ${role} reset ${setting.split("=")[0]}; (with in database, where it is set so: select * from pg_db_role_setting;)`,
    ),
  );
}

function ofSettings(server: Server): Finding[] {
  const findings: Finding[] = [];
  const say = (isSo: boolean, finding: Finding) => void (isSo && findings.push(finding));
  say(
    server.version < OLDEST_VERSION,
    problem("Postgres is older than 15.", "Upgrade it; Steward is tested with 15 to 18."),
  );
  say(
    server.is_reading,
    problem("This Postgres is a standby: it only reads.", "Point DATABASE_URL at the primary, or promote it."),
  );
  say(
    !server.writes,
    problem(
      "default_transaction_read_only is on for this role: applications that connect with it cannot write; workers set their own.",
      "Where it is set: select * from pg_db_role_setting; then for example: alter database current_database reset default_transaction_read_only;",
    ),
  );
  say(
    !server.fires_triggers,
    problem(
      "session_replication_role is replica for this role: no trigger fires, so rows are written whose runs are never started.",
      "Where it is set: select * from pg_db_role_setting; then for example: alter database current_database reset session_replication_role;",
    ),
  );
  say(
    server.autovacuum === "off" || server.track_counts === "off",
    problem(
      "autovacuum is off: the tables of runs and steps grow and slow down without end.",
      "alter system set autovacuum = on; alter system set track_counts = on; select pg_reload_conf();",
    ),
  );
  say(
    server.track_activities === "off",
    hint(
      "track_activities is off: explain_run cannot say who holds a lock, nor what a session last ran.",
      "alter system set track_activities = on; select pg_reload_conf();",
    ),
  );
  say(
    server.isolation !== "read committed",
    hint(
      `default_transaction_isolation is ${server.isolation}: workers use read committed whatever it says, an application's own inserts may meet 40001.`,
      "Try such transactions again in the application; docs/decisions/lock-order.md says why.",
    ),
  );
  say(
    server.statement_timeout !== "0",
    hint(
      `statement_timeout is ${server.statement_timeout} ms for this role: workers set their own, but migrations and bulk inserts may be cut.`,
      "alter role current_user set statement_timeout = 0; or migrate as a role without it.",
    ),
  );
  say(
    server.max_connections < FEW_CONNECTIONS,
    hint(
      `max_connections is ${server.max_connections}: a worker and a server at their usual settings take up to ${FEW_CONNECTIONS}.`,
      `alter system set max_connections = 100; and restart Postgres. Or lower WORKER_CONCURRENCY.`,
    ),
  );
  for (const [what, limit] of [
    ["database", server.of_database],
    ["role", server.of_role],
  ] as const)
    say(
      limit >= 0 && limit < FEW_CONNECTIONS,
      hint(
        `This ${what} may have ${limit} connections: a worker and a server at their usual settings take up to ${FEW_CONNECTIONS}.`,
        `alter ${what} current_${what === "role" ? "user" : "database"} connection limit -1; Or lower WORKER_CONCURRENCY.`,
      ),
    );
  say(
    server.is_superuser,
    hint(
      "DATABASE_URL is a superuser's: a mistake in a task can do anything.",
      "Let an ordinary role own the database, and connect as that.",
    ),
  );
  return findings;
}

/** The time of the database lies between sending and receiving, on an equal clock. */
function ofClock(theirs: number, sentAt: number, receivedAt: number): Finding[] {
  const ahead = theirs < sentAt ? theirs - sentAt : Math.max(0, theirs - receivedAt);
  if (Math.abs(ahead) < CLOCK_MS) return [];
  const seconds = Math.round(Math.abs(ahead) / 1_000);
  return [
    hint(
      `This machine's clock is ${seconds} s ${ahead > 0 ? "behind" : "ahead of"} the database's: tokens made here may be refused there.`,
      "Let both follow the same time server (timedatectl set-ntp true).",
    ),
  ];
}

async function ofPooler(client: pg.Client, databaseUrl: string | undefined): Promise<Finding[]> {
  if (databaseUrl === undefined || !(await isPooled(client, databaseUrl))) return [];
  return [
    hint(
      "DATABASE_URL leads through a transaction pooler: workers hear of new jobs by polling only, and of a dead worker after seconds.",
      "Give workers and migrations a direct connection.",
    ),
  ];
}

async function ofSnapshots(client: pg.Client): Promise<Finding[]> {
  const held = await client.query<{ pid: number; application_name: string; usename: string; time: string }>(HELD);
  const left = await client.query<{ message: string; next: string }>(LEFT);
  const dead = await client.query<{ name: string; dead: string }>(DEAD);
  return [
    ...held.rows.map(({ pid, application_name, usename, time }) =>
      hint(
        `Session ${pid} (${application_name === "" ? usename : application_name}) has had a transaction open for ${time}: until it ends nothing that died since can be removed, and all gets slower.`,
        `End it in its application, or: select pg_terminate_backend(${pid});`,
      ),
    ),
    ...left.rows.map(({ message, next }) => hint(message, next)),
    ...dead.rows.map(({ name, dead: count }) =>
      hint(`${name} holds ${count} dead rows, more than live ones.`, `vacuum (analyze) ${name};`),
    ),
  ];
}

async function ofSequences(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ message: string; next: string; is_at_end: boolean }>(USED_UP);
  return rows.map(({ message, next, is_at_end }) => (is_at_end ? problem : hint)(message, next));
}
