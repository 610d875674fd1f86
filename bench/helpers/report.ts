// Writes what was measured into bench/README.md: the last figures of each measurement, with the machine and the commit.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import type { Figure, Finding, Plot } from "./figures.ts";
import { at } from "./percentiles.ts";
import { drawPlot } from "./plot.ts";

const FIGURES = "bench/figures.json";
const README = "bench/README.md";
const BETWEEN = /(<!-- figures -->\n)[^]*(<!-- end of figures -->)/;

interface Measurement {
  readonly commit: string;
  readonly day: string;
  readonly machine: string;
  /** Of the machine in the minute before: above the number of its processors, others were at work too. */
  readonly load: number;
  readonly figures: readonly Figure[];
  readonly plot?: Pick<Plot, "title">;
}

/** What is to be noted before a measurement begins. */
export function noteWeather(root: string): Omit<Measurement, "figures"> {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  const [cpu] = cpus();
  return {
    commit: git("rev-parse", "--short", "HEAD"),
    day: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} x ${cpu?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`,
    load: loadavg()[0] ?? 0,
  };
}

/** Replaces the measurement's former figures. */
export function writeReport(
  root: string,
  name: string,
  weather: Omit<Measurement, "figures">,
  findings: readonly Finding[],
): void {
  const all = JSON.parse(readFileSync(join(root, FIGURES), "utf8")) as Record<string, Measurement>;
  const plot = findings.flatMap((finding) => ("plot" in finding ? [finding.plot] : [])).at(-1);
  const figures = findings.flatMap((finding) => ("figure" in finding ? [finding.figure] : []));
  if (plot !== undefined) writeFileSync(join(root, plotOf(name)), drawPlot(plot));
  all[name] = { ...weather, figures, ...(plot !== undefined && { plot: { title: plot.title } }) };
  writeFileSync(join(root, FIGURES), `${JSON.stringify(all, null, 2)}\n`);
  const text = readFileSync(join(root, README), "utf8");
  writeFileSync(
    join(root, README),
    text.replace(BETWEEN, (_, begin: string, end: string) => begin + sectionOf(all) + end),
  );
}

/** The figures as Markdown. */
export function sectionOf(all: Readonly<Record<string, Measurement>>): string {
  const entries = Object.entries(all).sort(([a], [b]) => a.localeCompare(b));
  const rows = entries.flatMap(([name, { commit, day, load, figures }]) =>
    figures.map((figure) => `| \`${name}\` | ${rowOf(figure)} | ${commit}, ${day}, ${load.toFixed(0)} |`),
  );
  const machines = [...new Set(entries.map(([, { machine }]) => machine))];
  const plots = entries.flatMap(([name, { plot }]) =>
    plot === undefined ? [] : [`![${plot.title}](../${plotOf(name)})`],
  );
  return [
    `Measured on ${machines.join("; ")}.`,
    "",
    "| name | what | median (lowest to highest) | goal | reached | of | commit, day, load |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    ...plots.flatMap((plot) => [plot, ""]),
  ].join("\n");
}

/** A figure in words, for the terminal too. */
export function rowOf({ what, unit, rounds, atMost, atLeast, detail }: Figure): string {
  const median = at(rounds, 0.5);
  const goal = atMost !== undefined ? `at most ${atMost}` : atLeast !== undefined ? `at least ${atLeast}` : "";
  const isReached = median <= (atMost ?? Number.POSITIVE_INFINITY) && median >= (atLeast ?? Number.NEGATIVE_INFINITY);
  const spread =
    rounds.length > 1 ? ` (${show(at(rounds, 0))} to ${show(at(rounds, 1))}, ${rounds.length} rounds)` : "";
  return [
    what,
    `${show(median)} ${unit}${spread}`,
    goal,
    goal === "" ? "" : isReached ? "yes" : "no",
    detail ?? "",
  ].join(" | ");
}

function plotOf(name: string): string {
  return `docs/images/bench-${name.replaceAll(" ", "-")}.svg`;
}

function show(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
