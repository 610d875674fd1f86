// The last hour, minute by minute, as bars; the same as a table for those who do not see them.
import type { Minute } from "../api/documents.ts";
import { clock, number } from "./format.ts";

const HEIGHT = 96;
const STEP = 10;

export function Bars({ minutes }: { readonly minutes: readonly Minute[] }) {
  const most = Math.max(1, ...minutes.map(({ done, failed }) => Math.max(done, failed)));
  const total = minutes.reduce((sum, { done }) => sum + done, 0);
  const failed = minutes.reduce((sum, minute) => sum + minute.failed, 0);
  const heightOf = (value: number) => (value === 0 ? 0 : Math.max(2, (value / most) * HEIGHT));
  return (
    <figure className="bars">
      <svg
        viewBox={`0 0 ${minutes.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Last hour: ${number(total)} steps done, ${number(failed)} runs failed, at most ${number(most)} a minute`}
      >
        {minutes.map(({ at, done, failed: bad }, index) => (
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
        {number(total)} steps done, <span className={failed > 0 ? "bad" : ""}>{number(failed)} runs failed</span>;
        highest bar {number(most)} a minute
        {minutes[0] && <span className="faint"> · from {clock(minutes[0].at)} to now</span>}
      </figcaption>
    </figure>
  );
}
