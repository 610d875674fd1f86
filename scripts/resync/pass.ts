// One resync: portion by portion it starts the runs that compare, waits for workers to do them, and tells what they found.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";

export interface Wanted {
  /** Without any of these: everything. */
  readonly userId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly provider?: string | undefined;
  readonly isDryRun: boolean;
  /** Whether what is gone is made again; null: as the workers are configured. */
  readonly isRemade: boolean | null;
}

export interface Counted {
  readonly looked: number;
  /** Differences that nobody had seen before. */
  readonly found: number;
  readonly known: number;
  /** Users and projects that could not be compared. */
  readonly failed: number;
}

const POLL_MS = 200;
const START = "select run_ids, last_id from app_public.resync($1, $2, $3, $4, $5, $6)";
const COUNT_OPEN = `
select count(*)::int as open from steward.runs where id = any ($1) and status in ('pending', 'running', 'suspended')`;
const COUNT_FAILED = "select count(*)::int as failed from steward.runs where id = any ($1) and status <> 'succeeded'";
const FIND = `
select d.provider, d.part, d.what, d.expected, d.found, d.remedy, d.found_at < r.created_at as is_known,
  coalesce(p.name, u.username) as subject, case when p.id is not null then u.username end as member
from app_public.differences d
join steward.runs r on r.id = d.run_id
left join app_public.projects p on p.id = d.project_id
left join app_public.users u on u.id = d.user_id
where d.run_id = any ($1) and d.ended_at is null
order by d.id`;

interface Row {
  readonly provider: string;
  readonly part: string;
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  readonly remedy: string;
  readonly is_known: boolean;
  readonly subject: string;
  readonly member: string | null;
}

/** Throws the signal's reason when it aborts; what was started then goes on. */
export async function resync(
  pool: pg.Pool,
  wanted: Wanted,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<Counted> {
  const counted = { looked: 0, found: 0, known: 0, failed: 0 };
  for (let after: string | null = null; ; ) {
    const { userId, projectId, provider, isDryRun, isRemade } = wanted;
    const values: unknown[] = [userId, projectId, provider, isDryRun, isRemade, after];
    const { rows }: pg.QueryResult<{ run_ids: string[]; last_id: string | null }> = await pool.query(START, values);
    const runIds = rows[0]?.run_ids ?? [];
    await untilEnded(pool, runIds, signal);
    const differences = (await pool.query<Row>(FIND, [runIds])).rows;
    for (const row of differences) print(describe(row));
    counted.looked += runIds.length;
    counted.known += differences.filter((row) => row.is_known).length;
    counted.found += differences.filter((row) => !row.is_known).length;
    counted.failed += (await pool.query<{ failed: number }>(COUNT_FAILED, [runIds])).rows[0]?.failed ?? 0;
    after = rows[0]?.last_id ?? null;
    if (after === null) return counted;
  }
}

async function untilEnded(pool: pg.Pool, runIds: readonly string[], signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await pool.query<{ open: number }>(COUNT_OPEN, [runIds]);
    if (rows[0]?.open === 0) return;
    await sleep(POLL_MS);
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  none: "not mended",
  left: "left to the provider's people",
  lost: "counts as lost",
};

function describe({ provider, part, what, expected, found, remedy, is_known, subject, member }: Row): string {
  const where = member === null ? subject : `${subject}, ${member}`;
  const mended = REMEDIES[remedy] ?? `mended by ${remedy}`;
  return `${provider} ${part.replace("_", " ")} of ${where}: ${what} is "${found}", should be "${expected}"; ${mended}${is_known ? " (known)" : ""}`;
}
