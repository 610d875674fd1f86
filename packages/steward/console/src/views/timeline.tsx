// Steps over time: a bar for each attempt. The list below says the same in words.
import type { RunDetail, StepRow } from "../api/documents.ts";
import { duration, spoken } from "../parts/format.ts";
import { useNow } from "../parts/now.ts";

const HEIGHT = 20;

export function Timeline({ run, steps }: { readonly run: RunDetail; readonly steps: readonly StepRow[] }) {
  const now = useNow();
  const from = Date.parse(run.createdAt);
  const to = run.finishedAt === null ? Math.max(now, from + 1_000) : Math.max(Date.parse(run.finishedAt), from + 1);
  const share = (at: number) => (Math.min(Math.max(at - from, 0), to - from) / (to - from)) * 100;
  const rows = steps.filter((step) => barsOf(step, to).length > 0);
  if (rows.length === 0) return null;
  return (
    <figure className="timeline" aria-hidden="true">
      {rows.map((step) => (
        <div key={step.id} className="timeline-row">
          <span className="timeline-name">
            {spoken(step.name)} {step.item}
          </span>
          <svg width="100%" height={HEIGHT}>
            {barsOf(step, to).map(({ begin, end, kind }) => (
              <rect
                key={`${begin}`}
                className={`time-${kind}`}
                x={`${share(begin)}%`}
                y={4}
                height={HEIGHT - 8}
                style={{ width: `max(2px, ${share(end) - share(begin)}%)` }}
              />
            ))}
          </svg>
        </div>
      ))}
      <figcaption>
        <span>0</span>
        <span>{duration((to - from) / 2)}</span>
        <span>{run.finishedAt === null ? "now" : duration(to - from)}</span>
      </figcaption>
    </figure>
  );
}

interface Bar {
  readonly begin: number;
  readonly end: number;
  readonly kind: string;
}

/** Its attempts where they may be seen, otherwise from its first beginning to its end. */
function barsOf({ history, startedAt, finishedAt, status }: StepRow, to: number): Bar[] {
  const attempts = history?.flatMap(({ begunAt, endedAt, outcome }) =>
    begunAt === null
      ? []
      : [{ begin: Date.parse(begunAt), end: endedAt === null ? to : Date.parse(endedAt), kind: kindOf(outcome) }],
  );
  if (attempts && attempts.length > 0) return attempts;
  if (startedAt === null) return [];
  return [{ begin: Date.parse(startedAt), end: finishedAt === null ? to : Date.parse(finishedAt), kind: status }];
}

function kindOf(outcome: string): string {
  if (outcome === "succeeded" || outcome === "running" || outcome === "cancelled") return outcome;
  return outcome === "never" ? "failed" : "retrying";
}
