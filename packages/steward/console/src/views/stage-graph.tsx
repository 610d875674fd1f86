// The steps of a run as a graph, one node for each name: columns by how many stages come before. Lines are drawn behind, for the eye alone.
import type { Stage } from "../api/documents.ts";
import { number, spoken } from "../parts/format.ts";
import { Sign } from "../parts/status.tsx";
import { Took } from "../parts/time.tsx";

const WIDTH = 208;
const GAP = 48;
const HEIGHT = 76;
const ROW_GAP = 16;

interface Placed {
  readonly stage: Stage;
  readonly x: number;
  readonly y: number;
}

interface StageGraphProps {
  readonly stages: readonly Stage[];
  readonly chosen: string | undefined;
  readonly onChoose: (name: string | undefined) => void;
}

export function StageGraph({ stages, chosen, onChoose }: StageGraphProps) {
  const placed = place(stages);
  const width = Math.max(...placed.map(({ x }) => x)) + WIDTH;
  const height = Math.max(...placed.map(({ y }) => y)) + HEIGHT;
  return (
    <div className="scrolls graph" tabIndex={0} role="group" aria-label="Steps by name, earlier ones first">
      <div className="graph-area" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          {linesOf(placed).map(([from, to]) => (
            <path key={`${from.stage.name} ${to.stage.name}`} d={curve(from, to)} />
          ))}
        </svg>
        <ol>
          {placed.map(({ stage, x, y }) => (
            <li key={stage.name} style={{ left: x, top: y, width: WIDTH, height: HEIGHT }}>
              <Node
                stage={stage}
                isChosen={stage.name === chosen}
                onChoose={() => onChoose(stage.name === chosen ? undefined : stage.name)}
              />
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}

function Node({
  stage,
  isChosen,
  onChoose,
}: {
  readonly stage: Stage;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}) {
  const { name, lane, isBatch, total, succeeded, failed, startedAt, finishedAt } = stage;
  const status = statusOf(stage);
  return (
    <button type="button" className={`stage stage-${status}`} aria-pressed={isChosen} onClick={onChoose}>
      <strong>
        {spoken(name)}
        {isBatch && ` ×${total === 0 ? "?" : number(total)}`}
      </strong>
      <span className={`status status-${status}`}>
        <Sign of={status} />
        {status}
        {isBatch && total > 0 && ` ${number(succeeded)}/${number(total)}`}
        {failed > 0 && isBatch && `, ${number(failed)} failed`}
      </span>
      <small>
        {lane}
        {startedAt && (
          <>
            {" · "}
            <Took from={startedAt} to={finishedAt} />
          </>
        )}
      </small>
    </button>
  );
}

/** Of many steps the word that matters most. */
export function statusOf({ total, running, retrying, failed, queued, waiting, cancelled, succeeded }: Stage): string {
  if (running > 0) return "running";
  if (retrying > 0) return "retrying";
  if (failed > 0) return "failed";
  if (queued > 0) return "queued";
  if (waiting > 0 || total === 0) return "waiting";
  if (succeeded > 0) return "succeeded";
  return cancelled > 0 ? "cancelled" : "waiting";
}

/** A stage stands right of all stages before it; stages of one column one below the other. */
function place(stages: readonly Stage[]): Placed[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const columns = new Map<string, number>();
  const columnOf = ({ name, ancestors }: Stage): number => {
    const known = columns.get(name);
    if (known !== undefined) return known;
    columns.set(name, 0); // a circle cannot be; if there is one it must not hang the page
    const before = ancestors.flatMap((ancestor) => byName.get(ancestor) ?? []).map(columnOf);
    const column = before.length === 0 ? 0 : Math.max(...before) + 1;
    columns.set(name, column);
    return column;
  };
  const rows = new Map<number, number>();
  return stages.map((stage) => {
    const column = columnOf(stage);
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    return { stage, x: column * (WIDTH + GAP), y: row * (HEIGHT + ROW_GAP) };
  });
}

/** From each stage to those that come right after it: those before its others are left out. */
function linesOf(placed: readonly Placed[]): [Placed, Placed][] {
  const byName = new Map(placed.map((one) => [one.stage.name, one]));
  return placed.flatMap((to) => {
    const before = to.stage.ancestors.flatMap((name) => byName.get(name) ?? []);
    const further = new Set(before.flatMap(({ stage }) => stage.ancestors));
    return before.filter(({ stage }) => !further.has(stage.name)).map((from): [Placed, Placed] => [from, to]);
  });
}

function curve(from: Placed, to: Placed): string {
  const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}
