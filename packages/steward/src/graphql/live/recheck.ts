// Finds changes that nobody told of, such as those made in plain SQL: compares what is watched looks like now and then.
import { isUuid } from "../uuid.ts";
import type { Query } from "./listener.ts";

/** A row of each run among the ids, in few words. Steps only of small runs: those of a batch are in the counters. */
const RUNS = `
select r.id::text, md5(concat_ws(' ', r.status, r.error_code, p, (
  select string_agg(concat_ws(' ', s.id, s.status, s.attempts, s.error_code, s.done), ',' order by s.id)
  from steward.steps s where s.run_id = r.id and p.total <= 20
))) as look
from steward.runs r, steward.runs_progress(r) p
where r.id = any ($1::uuid[])`;

export interface LookOptions {
  /** The database role that sees all runs. */
  readonly role: string;
  /** Looks at rows of the application in the same way: a select of id and look (text), of the ids in $1 (text[]). */
  readonly rows: string | undefined;
}

const MOST_AT_ONCE = 1_000;

export interface Recheck {
  /** Looks once, and gives the ids that look otherwise than last time: also rows that are gone, and those looked at for the first time. */
  look(): Promise<string[]>;
  /** Somebody told of a change: nobody need be woken for it again. */
  told(id: string): void;
}

export function createRecheck(query: Query, options: LookOptions, watched: () => readonly string[]): Recheck {
  let told = new Set<string>();
  let before = new Map<string, string | undefined>();
  const look = async () => {
    const toldOf = told;
    told = new Set();
    // These are as if never looked at: next time they are woken for, once, should something have changed since they were told of.
    const ids = watched().filter((id) => !toldOf.has(id));
    const now = new Map<string, string | undefined>(ids.map((id) => [id, undefined]));
    for (let at = 0; at < ids.length; at += MOST_AT_ONCE) {
      for (const { id, look } of await readLooks(query, options, ids.slice(at, at + MOST_AT_ONCE))) now.set(id, look);
    }
    const known = before;
    before = now;
    // What is watched for the first time may have changed since whoever watches it looked.
    return ids.filter((id) => !known.has(id) || known.get(id) !== now.get(id));
  };
  return { look, told: (id) => void told.add(id) };
}

/** In the administrators' role: nobody is shown what it reads, only that something changed. */
async function readLooks(
  query: Query,
  { role, rows }: LookOptions,
  ids: readonly string[],
): Promise<{ id: string; look: string }[]> {
  try {
    await query("begin read only", []);
    await query("select set_config('role', $1, true)", [role]);
    const runs = await query<{ id: string; look: string }>(RUNS, [ids.filter(isUuid)]);
    return rows === undefined ? runs : [...runs, ...(await query<{ id: string; look: string }>(rows, [ids]))];
  } finally {
    await query("rollback", []);
  }
}
