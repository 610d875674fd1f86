// What a scrape tells of the database: queues, lanes, workers, and what slows Postgres down.
import { Gauge, Registry } from "prom-client";

export interface Measured {
  readonly metric: Name;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Runs MEASURE. */
export type Measure = () => Promise<readonly Measured[]>;

export const MEASURE = "select metric, labels, value from steward.measure()";

const GAUGES = {
  workers: ["Workers alive.", []],
  open_runs: ["Runs that have not ended; more than 10,000 are not counted.", ["lifecycle", "status"]],
  running_steps: ["Steps that workers are at.", ["lane"]],
  backlog_steps: ["Steps in a lane's backlog; more than 10,000 are not counted.", ["lane"]],
  backlog_age_seconds: ["How long the oldest of them could have begun.", ["lane"]],
  due_steps: ["Steps that may begin, and have a job of their own; more than 10,000 are not counted.", []],
  due_age_seconds: ["How long the oldest of them could have begun.", []],
  lane_failures: ["Failures of a lane's service since its last success.", ["lane"]],
  lane_open: ["1 while a lane's circuit is open: its service is in trouble, and nothing of the lane begins.", ["lane"]],
  snapshot_age_seconds: ["Age of the oldest transaction that keeps Postgres from cleaning up.", []],
  alerts: ["Alerts that are raised (steward.alerts), by monitor.", ["monitor"]],
  dead_rows: ["Rows of a table that Postgres has not cleaned up yet.", ["table"]],
} as const satisfies Record<string, readonly [string, readonly string[]]>;
type Name = keyof typeof GAUGES;

/** The gauges, as text in Prometheus' format, from what Postgres says now. Where it does not answer they are missing. */
export function createDatabaseMetrics(measure: Measure): {
  text(): Promise<string>;
  readonly names: readonly string[];
} {
  const registry = new Registry();
  const gauges = new Map<string, Gauge>();
  for (const [name, [help, labelNames]] of Object.entries(GAUGES))
    gauges.set(name, new Gauge({ name: `steward_${name}`, help, labelNames, registers: [registry] }));
  return {
    names: Object.keys(GAUGES).map((name) => `steward_${name}`),
    async text() {
      const rows = await measure();
      registry.resetMetrics();
      for (const { metric, labels, value } of rows) gauges.get(metric)?.set(labels, value);
      return registry.metrics();
    },
  };
}
