// What the database tells of those a failed check is about, to find out how it came to that.
import type pg from "pg";
import type { Check } from "./checks.ts";

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const MOST = 4;

const STEPS_ABOUT = `
select format('%s %s %s: %s%s %s attempts=%s lease=%s made=%s started=%s finished=%s %s', r.created_at::time(3), r.kind, r.status, s.name,
  '/' || s.item, s.status, s.attempts, s.lease, r.created_at::time(3), s.started_at::time(3), s.finished_at::time(3), s.error_code) as line
from steward.runs r join steward.steps s on s.run_id = r.id
where (r.id::text = any ($1::text[]) or r.subject_id = any ($1::text[])) and (s.item is null or s.item = any ($1::text[]) or cardinality($1::text[]) = 1)
  or s.item = any ($1::text[]) and cardinality($1::text[]) = 1
order by r.created_at, s.id limit 40`;

/** Lines about the first few problems of a check. */
export async function historyOf(pool: pg.Pool, { problems }: Check): Promise<string[]> {
  const lines: string[] = [];
  for (const problem of problems.slice(0, MOST)) {
    const ids = [...problem.matchAll(UUID)].map(([id]) => id);
    const { rows } = await pool.query<{ line: string }>(STEPS_ABOUT, [ids]);
    lines.push(problem, ...rows.map((row) => `  ${row.line}`));
  }
  return lines;
}
