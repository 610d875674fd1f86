// Follows runs as the API would: by their counters.
import { follow, type Progress } from "./bar.ts";
import type { Stage } from "./stage.ts";

const READ_RUN = `
select r.status, r.error_message as error, p.done, p.total, p.percent, extract(epoch from r.finished_at - r.created_at)::float8 as seconds
from steward.runs r, steward.runs_progress(r) p
where r.id = $1`;

interface RunRow {
  readonly status: string;
  readonly error: string | null;
  readonly done: number;
  readonly total: number;
  readonly percent: number;
  readonly seconds: number | null;
}

interface RunProgress extends Progress {
  /** From the commit of the row to the run's end; 0 while it has not ended. */
  readonly seconds: number;
}

/** The newest run of a subject. */
export async function findRun({ pool }: Stage, kind: string, subjectId: string): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    "select id from steward.runs where kind = $1 and subject_id = $2 order by created_at desc limit 1",
    [kind, subjectId],
  );
  if (rows[0] === undefined) throw new Error(`there is no run of the kind ${kind}`);
  return rows[0].id;
}

/** Shows a run until it has ended. A run that fails ends the demo. */
export async function followRun(stage: Stage, label: string, runId: string, unit: string): Promise<RunProgress> {
  return follow(label, stage.stopping, async () => {
    const { rows } = await stage.pool.query<RunRow>(READ_RUN, [runId]);
    const [run] = rows;
    if (run === undefined || run.status === "failed" || run.status === "cancelled")
      throw new Error(`the run ${runId} did not succeed: ${run?.error ?? "it is gone"}`);
    return {
      done: run.percent,
      total: 100,
      note: `${run.done} of ${run.total} ${unit}`,
      isOver: run.status === "succeeded",
      seconds: run.seconds ?? 0,
    };
  });
}
