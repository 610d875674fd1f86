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
  /** Those that another resync began to look at instead. */
  readonly replaced: number;
}

const POLL_MS = 200;
/** After so long it says why nothing ends, and so often. */
const SILENT_MS = 30_000;
const START = "select run_ids, last_id from app_public.resync($1, $2, $3, $4, $5, $6)";
const COUNT_OPEN = `
select count(*)::int as open from steward.runs where id = any ($1) and status in ('pending', 'running', 'suspended')`;
const COUNT_FAILED = `
select count(*) filter (where status <> 'cancelled')::int as failed, count(*) filter (where status = 'cancelled')::int as replaced
from steward.runs where id = any ($1) and status <> 'succeeded'`;
/** Looks of another resync or of the night: who is looked at keeps that run, so this one would pass them over. */
const FIND_OTHERS = `
select array_agg(id) as ids from steward.runs
where kind in ('user_check', 'project_check') and status in ('pending', 'running', 'suspended')
  and (subject_id in ($1, $2) or $1 is null and $2 is null)
  and ($3 or not coalesce((input ->> 'is_dry_run')::boolean, false))`;
const FIND = `
select d.provider, d.part, d.what, d.expected, d.found, d.remedy, d.found_at < r.created_at as is_known,
  coalesce(p.name, u.username) as subject, case when p.id is not null then u.username end as member
from app_public.differences d
join steward.runs r on r.id = d.run_id
left join app_public.projects p on p.id = d.project_id
left join app_public.users u on u.id = d.user_id
where d.run_id = any ($1) -- what was mended meanwhile is ended
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
  const counted = { looked: 0, found: 0, known: 0, failed: 0, replaced: 0 };
  for (let after: string | null = null; ; ) {
    const { userId, projectId, provider, isDryRun, isRemade } = wanted;
    const values: unknown[] = [userId, projectId, provider, isDryRun, isRemade, after];
    await untilOthersEnded(pool, wanted, signal, print);
    const { rows }: pg.QueryResult<{ run_ids: string[]; last_id: string | null }> = await pool.query(START, values);
    const runIds = rows[0]?.run_ids ?? [];
    await untilEnded(pool, runIds, signal, print);
    const differences = (await pool.query<Row>(FIND, [runIds])).rows;
    for (const row of differences) print(describe(row));
    counted.looked += runIds.length;
    counted.known += differences.filter((row) => row.is_known).length;
    counted.found += differences.filter((row) => !row.is_known).length;
    const unseen = (await pool.query<Pick<Counted, "failed" | "replaced">>(COUNT_FAILED, [runIds])).rows[0];
    counted.failed += unseen?.failed ?? 0;
    counted.replaced += unseen?.replaced ?? 0;
    after = rows[0]?.last_id ?? null;
    if (after === null) return counted;
  }
}

async function untilOthersEnded(
  pool: pg.Pool,
  { userId, projectId, isDryRun }: Wanted,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<void> {
  const { rows } = await pool.query<{ ids: string[] | null }>(FIND_OTHERS, [userId, projectId, isDryRun]);
  const others = rows[0]?.ids ?? [];
  if (others.length === 0) return;
  print(`Waiting for ${others.length} users and projects that are being compared already.`);
  await untilEnded(pool, others, signal, print);
}

const EXPLAIN = `
select left(e.explanation, 500) as explanation
from (select id from steward.runs where id = any ($1) and status in ('pending', 'running', 'suspended') order by created_at, id limit 1) r
cross join lateral steward.explain_run(r.id) e`;

/** Tells why now and then, if that takes long: a provider may be down, or no worker be there. */
async function untilEnded(
  pool: pg.Pool,
  runIds: readonly string[],
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<void> {
  let tellAt = performance.now() + SILENT_MS;
  for (let told = ""; ; ) {
    signal.throwIfAborted();
    const { rows } = await pool.query<{ open: number }>(COUNT_OPEN, [runIds]);
    const open = rows[0]?.open ?? 0;
    if (open === 0) return;
    if (performance.now() > tellAt) {
      tellAt = performance.now() + SILENT_MS;
      const why = (await pool.query<{ explanation: string }>(EXPLAIN, [runIds])).rows[0]?.explanation ?? "";
      if (why !== told) print(`Waiting for ${open} of ${runIds.length}. ${why}`);
      told = why;
    }
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
