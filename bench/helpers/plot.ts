// A plot as SVG: a few lines over one axis, readable on a light and a dark page.
import type { Plot } from "./figures.ts";

const WIDTH = 640;
const HEIGHT = 320;
const EDGE = { left: 70, right: 130, top: 40, bottom: 45 };
const COLOURS = ["#3b82f6", "#f59e0b", "#10b981", "#ef4444", "#8b5cf6", "#64748b"];
const TICKS = 4;
const NAME_HEIGHT = 14;
/** With more points than these, they are a curve: it has no dots, and marks at equal distances. */
const FEW = 10;

/** The plot; both axes begin at 0. */
export function drawPlot({ title, x, y, lines }: Plot): string {
  const points = Object.values(lines).flat();
  const most = { x: Math.max(...points.map(([value]) => value)), y: Math.max(...points.map(([, value]) => value)) };
  const inner = { width: WIDTH - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };
  const atX = (value: number) => round(EDGE.left + (value / most.x) * inner.width);
  const atY = (value: number) => round(EDGE.top + inner.height - (value / most.y) * inner.height);
  const text = (left: number, top: number, words: string, anchor = "middle") =>
    `<text x="${left}" y="${top}" text-anchor="${anchor}">${escape(words)}</text>`;

  const grid = Array.from({ length: TICKS + 1 }, (_, n) => (most.y / TICKS) * n).map(
    (value) =>
      `<line x1="${EDGE.left}" x2="${EDGE.left + inner.width}" y1="${atY(value)}" y2="${atY(value)}" stroke="#888" stroke-opacity="0.3"/>` +
      text(EDGE.left - 8, atY(value) + 4, short(value), "end"),
  );
  const places = [...new Set(points.map(([value]) => value))];
  const isCurve = places.length > FEW;
  const marks = (isCurve ? Array.from({ length: TICKS + 1 }, (_, n) => (most.x / TICKS) * n) : places).map((value) =>
    text(atX(value), EDGE.top + inner.height + 18, short(value)),
  );
  const heights = spread(Object.values(lines).map((line) => atY(line.at(-1)?.[1] ?? 0)));
  const drawn = Object.entries(lines).map(([name, line], n) => {
    const colour = COLOURS[n % COLOURS.length];
    const [lastX] = line.at(-1) ?? [0];
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${line.map(([px, py]) => `${atX(px)},${atY(py)}`).join(" ")}"/>`,
      ...(isCurve ? [] : line).map(([px, py]) => `<circle cx="${atX(px)}" cy="${atY(py)}" r="3" fill="${colour}"/>`),
      `<g fill="${colour}">${text(atX(lastX) + 10, (heights[n] ?? 0) + 4, name, "start")}</g>`,
    ].join("");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#888">
${text(EDGE.left, 20, title, "start")}
${[...grid, ...marks, ...drawn].join("\n")}
${text(EDGE.left + inner.width / 2, HEIGHT - 8, x)}
<text transform="translate(14 ${EDGE.top + inner.height / 2}) rotate(-90)" text-anchor="middle">${escape(y)}</text>
</svg>
`;
}

/** Those heights, moved down where one name would stand over another. */
function spread(heights: readonly number[]): number[] {
  const placed = [...heights];
  let free = 0;
  for (const [n, height] of [...heights.entries()].sort(([, a], [, b]) => a - b)) {
    placed[n] = Math.max(height, free);
    free = Math.max(height, free) + NAME_HEIGHT;
  }
  return placed;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function short(value: number): string {
  return value >= 1_000 ? `${round(value / 1_000)}k` : String(round(value));
}

function escape(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
