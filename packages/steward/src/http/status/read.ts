// What the status API shows of runs, read as whoever asks. Bounded: a run with its first hundred steps, or the latest runs of one row.
import { createHash } from "node:crypto";
import { EngineError } from "../../errors/index.ts";
import { LARGEST_PAGE } from "../../graphql/pages.ts";
import type { Read } from "../../graphql/read-as.ts";

/** What somebody sees at a moment. */
export interface Seen {
  readonly body: string;
  /** Weak: an estimate moves all the time, and makes no other state. */
  readonly etag: string;
  /** The runs that it tells of. */
  readonly ids: readonly string[];
}

interface Run {
  readonly id: string;
  readonly estimatedCompletion?: string | null;
}

/** So many runs of a row are shown. */
const LATEST = 20;

const RUN = `
  'id', r.id, 'kind', r.kind, 'subjectTable', r.subject_table, 'subjectId', r.subject_id, 'ownerId', r.owner_id, 'scopeId', r.scope_id,
  'status', r.status, 'progress', steward.runs_progress(r), 'errorCode', r.error_code, 'errorMessage', r.error_message,
  'createdAt', r.created_at, 'startedAt', r.started_at, 'finishedAt', r.finished_at, 'estimatedCompletion', steward.runs_estimated_completion(r)`;

// The order of steps_run_id_idx, so that no more than these steps are read of a large batch; shown in the order in which they were made.
const ONE = {
  name: "status_run",
  text: `
select json_build_object(${RUN}, 'steps', s.steps, 'hasMoreSteps', s.count > ${LARGEST_PAGE}) as run
from steward.runs r
cross join lateral (
  select
    count(*) as count,
    coalesce(json_agg(json_build_object(
      'id', s.id::text, 'name', s.name, 'item', s.item, 'lane', s.lane, 'status', s.status, 'attempts', s.attempts, 'readyAt', s.ready_at,
      'done', s.done, 'total', s.total, 'errorCode', s.error_code, 'errorMessage', s.error_message, 'startedAt', s.started_at, 'finishedAt', s.finished_at
    ) order by s.id) filter (where s.place <= ${LARGEST_PAGE}), '[]') as steps
  from (
    select s.*, row_number() over (order by s.name, s.item) as place
    from steward.steps s
    where s.run_id = r.id
    order by s.name, s.item
    limit ${LARGEST_PAGE + 1}
  ) s
) s
where r.id = $1`,
};

const OF_ROW = {
  name: "status_runs",
  text: `
select json_build_object(${RUN}) as run
from steward.runs_of($1, $2, ${LATEST}) r
order by r.created_at desc, r.id desc`,
};

/** ST110 when there is no such run, or its reader may not see it. */
export async function readRun(read: Read, id: string): Promise<Seen> {
  const [row] = await read<{ run: Run }>(ONE, [id]);
  if (!row) throw new EngineError("ST110", { field: "id", sentence: "There is no such run." });
  return seen(row.run, stateOf(row.run), [id]);
}

/** The latest runs of a row, the newest first. */
export async function readRunsOf(read: Read, table: string, key: string): Promise<Seen> {
  const runs = (await read<{ run: Run }>(OF_ROW, [table, key])).map(({ run }) => run);
  return seen(
    { runs },
    runs.map(stateOf),
    runs.map(({ id }) => id),
  );
}

const stateOf = ({ estimatedCompletion: _moves, ...state }: Run) => state;

function seen(shown: object, state: object, ids: readonly string[]): Seen {
  const hash = createHash("sha256").update(JSON.stringify(state)).digest("base64url").slice(0, 22);
  return { body: JSON.stringify(shown), etag: `W/"${hash}"`, ids };
}
