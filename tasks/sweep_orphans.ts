// Every night: finds rows in the registered tables that belong to no user, and has them purged. So a lost job is made up for, and
// what came in for a user after their purge. And rows without the runs that must follow them, as after a restore, get these.
import { setTimeout as sleep } from "node:timers/promises";
import type { JobHelpers, Task } from "graphile-worker";
import type { QueryResult } from "pg";
import { log } from "steward/log";

/** Ids looked at in one statement: some milliseconds. */
const SLICE = 10_000;
/** Older rows are for npm run backfill, which reads all there are. */
const MEND_DAYS = 8;
/** Longer transactions put the sweep off to the next try. */
const WRITERS_MS = 60_000;

interface Slice {
  readonly user_ids: string[];
  readonly cutoff: string;
  readonly next_after: string | null;
}

interface Found extends Slice {
  readonly table: string;
}

export default (async (_payload, { query, abortSignal }) => {
  await mend(query);
  // The others hang on those.
  const { rows: targets } = await query<{ name: string }>(
    "select table_name as name from steward.purge_targets where subject_table = 'app_public.users' and key_query is null",
  );
  const found: Found[] = [];
  const unread: string[] = [];
  for (const { name } of targets) {
    try {
      found.push(...(await findOrphans(query, name)));
    } catch (err) {
      // A table that is gone, or whose rows we may not see, keeps no other from being swept.
      unread.push(name);
      log.error({ err, table: name }, "this table could not be swept");
    }
  }
  if (found.length > 0) await waitForWriters(query, abortSignal);
  for (const slice of found) await purge(query, slice);
  if (unread.length > 0) throw new Error(`these tables could not be swept: ${unread.join(", ")}`);
}) satisfies Task;

async function purge(query: JobHelpers["query"], { table, user_ids, cutoff }: Found): Promise<void> {
  const { rows } = await query<{ runs: number }>("select app_private.purge_orphans($1, $2, $3) as runs", [
    table,
    user_ids,
    cutoff,
  ]);
  log.warn({ table, users: rows[0]?.runs }, "found rows that belong to no user; they are purged");
}

async function mend(query: JobHelpers["query"]): Promise<void> {
  const { rows: lacking } = await query<{ users: number; projects: number }>(
    `select * from app_private.mend_violations(now() - interval '${MEND_DAYS} days')`,
  );
  let gone = 0;
  for (let after: string | null | undefined = null; after !== undefined; ) {
    const portion: QueryResult<{ last_id: string | null; runs: number }> = await query(
      "select last_id, runs from app_private.backfill_deletions($1, $2)",
      [after, SLICE],
    );
    gone += portion.rows[0]?.runs ?? 0;
    after = portion.rows[0]?.last_id ?? undefined;
  }
  const found = { ...lacking[0], gone };
  if (Object.values(found).some((count) => count > 0))
    log.warn(found, "found users and projects without what must follow them; they get it");
}

async function findOrphans(query: JobHelpers["query"], table: string): Promise<Found[]> {
  const found: Found[] = [];
  for (let after: string | null = null, isFirst = true; isFirst || after !== null; isFirst = false) {
    const slice: Slice | undefined = await readSlice(query, table, after);
    if (slice !== undefined && slice.user_ids.length > 0) found.push({ table, ...slice });
    after = slice?.next_after ?? null;
  }
  return found;
}

async function readSlice(query: JobHelpers["query"], table: string, after: string | null): Promise<Slice | undefined> {
  const text = "select * from app_private.find_orphans($1, $2, $3)";
  const { rows } = await query<Slice>(text, [table, after, SLICE]);
  return rows[0];
}

/** A transaction that was open while we looked may yet bring the user that an id seemed to lack. */
async function waitForWriters(query: JobHelpers["query"], signal: AbortSignal | undefined): Promise<void> {
  // An id of our own: the snapshot's upper bound would not count the newest of the open ones.
  const begun = await query<{ xid: string }>("select pg_current_xact_id()::text as xid");
  const until = performance.now() + WRITERS_MS;
  for (;;) {
    const { rows } = await query<{ ended: boolean }>(
      "select pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 as ended",
      [begun.rows[0]?.xid],
    );
    if (rows[0]?.ended) return;
    if (performance.now() > until)
      throw new Error("a transaction has been open for too long; the sweep is tried again later");
    await sleep(100, undefined, { signal });
  }
}
