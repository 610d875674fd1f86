// Measurements work, in sizes that show nothing else; and what they find is written as it was measured.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { drawPlot } from "../../bench/helpers/plot.ts";
import { sectionOf } from "../../bench/helpers/report.ts";
import { PROJECT_ROOT } from "../../server/config.ts";

const test = suite("bench");

test("a measurement tells its figures against their goals, and in small sizes writes nothing", () => {
  const before = readFileSync(`${PROJECT_ROOT}/bench/README.md`, "utf8");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["scripts/bench.ts", "--quick", "single", "pressure", "pressure-peers", "growth"],
    {
      cwd: PROJECT_ROOT,
      encoding: "utf8",
    },
  );
  assert.is(status, 0, stderr);
  assert.match(stdout, /^100 single runs, drained by one worker process \| \d.* runs\/s \| at least 6000 \| no/m);
  assert.match(stdout, /each, starting it included \| [\d.]+ kB of WAL \| at most 2.5 \|/);
  assert.match(stdout, /^claim, with 1,000 finished runs \| [\d.]+ x the time with 100 \| at most 1.1 \|/m);
  assert.match(
    stdout,
    /^lost \| 0.00 runs \| at most 0 \| yes \| of \d+; \d+ done more than once, \d+ refused by Postgres$/m,
  );
  for (const system of ["Steward", "graphile-worker"])
    assert.match(
      stdout,
      new RegExp(`^${system}: jobs/s under stress \\| .*; lost 0 of [1-9]\\d*, left \\d+, done again \\d+,`, "m"),
    );
  assert.is(readFileSync(`${PROJECT_ROOT}/bench/README.md`, "utf8"), before);
});

test("the table says median, spread, goal, and where it was measured", () => {
  const figure = { what: "a thing", unit: "ms", rounds: [3, 1, 2], atMost: 2.5, detail: "of two parts" };
  const section = sectionOf({
    thing: {
      commit: "abc",
      day: "2026-01-01",
      machine: "a machine",
      load: 0.4,
      figures: [figure],
      plot: { title: "It" },
    },
  });
  assert.match(section, "Measured on a machine.");
  assert.match(
    section,
    "| `thing` | a thing | 2.00 ms (1.00 to 3.00, 3 rounds) | at most 2.5 | yes | of two parts | abc, 2026-01-01, 0 |",
  );
  assert.match(section, "![It](../docs/images/bench-thing.svg)");
});

test("a plot has its lines, and its words as words", () => {
  const svg = drawPlot({
    title: "1 < 2 & 3",
    x: "x",
    y: "y",
    lines: {
      a: [
        [1, 10],
        [2, 2_000],
      ],
    },
  });
  assert.match(svg, "1 &lt; 2 &amp; 3");
  assert.match(svg, /<polyline [^>]*points="290,273.8 510,40"/);
  assert.match(svg, ">2k<");
});

test("names of lines that end at the same height stand below each other", () => {
  const svg = drawPlot({ title: "It", x: "x", y: "y", lines: { a: [[1, 10]], b: [[1, 10]], c: [[1, 0]] } });
  const heights = [...svg.matchAll(/y="([\d.]+)" text-anchor="start">[abc]</g)].map(([, y]) => Number(y));
  assert.equal(heights, [44, 58, 279]);
});

test.run();
