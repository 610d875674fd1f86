// The settings of every database session of ours. What a role or a database has by default is meant for others: with another
// isolation level, a time limit or another way to write dates, our statements would fail, or say something else.
import pg from "pg";

/** Not known before Postgres 17. */
const NEWEST = "transaction_timeout";

/** By name, as pg_settings has it: what our statements are written and tested for. One that this Postgres does not know is left out. */
const SETTINGS: Readonly<Record<string, string>> = {
  // Locks are taken, then what they guard is read: that needs a fresh look at each statement.
  default_transaction_isolation: "read committed",
  default_transaction_read_only: "off",
  default_transaction_deferrable: "off",
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  [NEWEST]: "0",
  row_security: "on",
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  bytea_output: "hex",
  extra_float_digits: "1",
  standard_conforming_strings: "on",
  transform_null_equals: "off",
  array_nulls: "on",
  quote_all_identifiers: "off",
  plan_cache_mode: "auto",
};

/** A parameter of the connection that a pooler does not let through. */
const REFUSED = "08P01";

export interface SessionSettings {
  /** Statements that take longer are cancelled by Postgres. Unset: no limit. */
  readonly statementTimeoutMs?: number | undefined;
  /** Waiting for a lock longer than this ends the statement. Unset: no limit. */
  readonly lockTimeoutMs?: number | undefined;
  /** A transaction that is open but idle for longer is ended by Postgres. Unset: no limit. */
  readonly idleInTransactionMs?: number | undefined;
  /** Further settings, by name. */
  readonly more?: Readonly<Record<string, string>>;
}

/**
 * SQL for a session that has just been opened. Set once connected: a pooler refuses connections that come with options. What an
 * administrator has set for the whole server stays, except ways of the planner that are switched off.
 */
export function sessionSql({
  statementTimeoutMs,
  lockTimeoutMs,
  idleInTransactionMs,
  more,
}: SessionSettings = {}): string {
  const settings = {
    ...SETTINGS,
    statement_timeout: String(statementTimeoutMs ?? 0),
    lock_timeout: String(lockTimeoutMs ?? 0),
    idle_in_transaction_session_timeout: String(idleInTransactionMs ?? 0),
    ...more,
  };
  const values = Object.entries(settings).map(([name, value]) => `('${name}', '${value}')`);
  // The first by themselves: they decide whether and how the others can be set. A standby that is read reads nothing as SERIALIZABLE.
  return `
    set transaction_isolation = 'read committed'; set statement_timeout = 0; set quote_all_identifiers = off; set search_path = pg_catalog, pg_temp;
    select set_config(s.name, w.value, false)
    from pg_settings s join (values ${values.join(", ")}) w (name, value) on w.name = s.name
    where s.setting <> w.value;
    select set_config(s.name, s.boot_val, false) from pg_settings s
    where s.name like 'enable\\_%' and s.setting <> s.boot_val`;
}

/** The connection string with these settings, for a library that opens its own connections; as it is where a pooler refuses them. */
export async function withSettings(connectionString: string): Promise<string> {
  const url = new URL(connectionString);
  const options = Object.entries({ ...SETTINGS, search_path: "pg_catalog,pg_temp" })
    .filter(([name]) => name !== NEWEST)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(" ", "\\ ")}`);
  url.searchParams.set("options", [url.searchParams.get("options") ?? "", ...options].join(" "));
  const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 4_000 });
  client.on("error", () => undefined); // the query under way fails, which is where it is dealt with
  try {
    await client.connect();
    return url.href;
  } catch (error) {
    return error instanceof pg.DatabaseError && error.code === REFUSED ? connectionString : url.href;
  } finally {
    await client.end().catch(() => undefined);
  }
}
