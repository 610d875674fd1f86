// What was done and what failed over time, as bars; the same as a table for those who do not see them.
import type { Part } from "../api/documents.ts";
import { clock, count, number } from "./format.ts";
import { type Column, Table } from "./table.tsx";

const HEIGHT = 96;
const STEP = 10;

interface BarsProps {
  /** The time that they show. */
  readonly name: string;
  readonly parts: readonly Part[];
  /** The time that one of them shows: "a minute". */
  readonly each: string;
}

export function Bars({ name, parts, each }: BarsProps) {
  const most = Math.max(1, ...parts.map(({ done, failed }) => Math.max(done, failed)));
  const total = parts.reduce((sum, { done }) => sum + done, 0);
  const failed = parts.reduce((sum, part) => sum + part.failed, 0);
  const heightOf = (value: number) => (value === 0 ? 0 : Math.max(2, (value / most) * HEIGHT));
  const busy = parts.filter(({ done, failed: bad }) => done + bad > 0).toReversed();
  return (
    <figure className="bars">
      <svg
        viewBox={`0 0 ${parts.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${name}: ${number(total)} steps done, ${count(failed, "run")} failed, at most ${number(most)} ${each}`}
      >
        {parts.map(({ at, done, failed: bad }, index) => (
          <g key={at}>
            <title>{`${clock(at)}: ${number(done)} done, ${number(bad)} failed`}</title>
            <rect x={index * STEP} y={0} width={STEP} height={HEIGHT} className="bar-room" />
            <rect
              x={index * STEP + 1}
              y={HEIGHT - heightOf(done)}
              width={STEP - 4}
              height={heightOf(done)}
              className="bar-done"
            />
            <rect
              x={index * STEP + 6}
              y={HEIGHT - heightOf(bad)}
              width={3}
              height={heightOf(bad)}
              className="bar-failed"
            />
          </g>
        ))}
      </svg>
      <figcaption>
        {number(total)} steps done, <span className={failed > 0 ? "bad" : ""}>{count(failed, "run")} failed</span>;
        highest bar {number(most)} {each}
        {parts[0] && <span className="faint"> · from {clock(parts[0].at)} to now</span>}
      </figcaption>
      {busy.length > 0 && (
        <details>
          <summary>As a table</summary>
          <Table name={name} columns={COLUMNS} rows={busy} keyOf={({ at }) => at} />
        </details>
      )}
    </figure>
  );
}

const COLUMNS: readonly Column<Part>[] = [
  { title: "From", as: "head", of: ({ at }) => clock(at) },
  { title: "Steps done", as: "figure", of: ({ done }) => number(done) },
  { title: "Runs failed", as: "figure", of: ({ failed }) => number(failed) },
];
