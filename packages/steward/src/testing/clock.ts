// A clock that can be moved on: instead of waiting, everything that Steward has noted happened that much earlier.
import type pg from "pg";

/** Every time that is noted, except of when something was installed or of processes that live. */
const COLUMNS = `
select format('update %s set %s', c.oid::regclass, string_agg(format('%1$I = %1$I - $1::interval', a.attname), ', ')) as statement
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.atttypid = 'timestamptz'::regtype
where n.nspname in ('steward', 'steward_private', $1) and c.relkind in ('r', 'p') and not c.relispartition
  and c.relname not in ('applied', 'workers', 'home', 'migrations')
group by c.oid`;

/** Moves the clock on: retries that are due within that time are due now. Call it while no worker is at work. */
export async function moveClock(db: pg.Pool, queueSchema: string, interval: string): Promise<void> {
  const client = await db.connect();
  try {
    await client.query("begin");
    const { rows } = await client.query<{ statement: string }>(COLUMNS, [queueSchema]);
    for (const { statement } of rows) await client.query(statement, [interval]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  } finally {
    client.release();
  }
}
