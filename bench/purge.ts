// npm run bench -- purge [--rows N] [--owned N] [--together] [--rounds N]: what deleting a large user's labels costs, as one plain
// DELETE and as our purge, fast and gentle: rows a second against what others feel meanwhile. On DATABASE_URL's server, or on a Postgres of its own.
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type pg from "pg";
import { startPostgres } from "steward/testing/postgres";
import { openPool } from "steward/testing/server";
import { size, tell } from "./helpers/figures.ts";
import { at } from "./helpers/percentiles.ts";
import { METHODS, type Method } from "./purge/methods.ts";
import { buildSource, type Source } from "./purge/table.ts";

const IDLE_MS = size(3_000, 300);
const NAMES = ["plain", "fast", "gentle"] as const;

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: String(size(5_000_000, 20_000)) },
    owned: { type: "string", default: String(size(1_000_000, 2_000)) },
    together: { type: "boolean", default: false },
    rounds: { type: "string", default: String(size(5, 1)) },
  },
});
const shape = { rows: Number(values.rows), owned: Number(values.owned), together: values.together };
// As safe as Postgres is by default: what waits for the disk is what others feel.
const DURABLE = ["fsync=on", "synchronous_commit=on", "full_page_writes=on", "max_wal_size=4GB"];
const source = await buildSource(process.env.DATABASE_URL ?? (await startPostgres(DURABLE)), shape);
try {
  await compare(source, Number(values.rounds));
} finally {
  await source.drop();
}

interface Measured {
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly longestMs: number;
  /** The p99 of others, before and during. */
  readonly idleMs: number;
  readonly duringMs: number;
  readonly walMb: number;
}

/** Rounds alternate, so that both meet the same weather. */
async function compare(source: Source, rounds: number): Promise<void> {
  console.log("method  rows      rows/s   x plain  longest ms  others' p99 ms (idle)  x idle  WAL MB");
  const all: Record<keyof typeof METHODS, Measured[]> = { plain: [], fast: [], gentle: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of NAMES) {
      const measured = await measure(source, METHODS[name]);
      all[name].push(measured);
      const plain = all.plain[round] ?? measured;
      print(name, measured, measured.rowsPerSecond / plain.rowsPerSecond);
    }
  }
  const mid = (name: keyof typeof METHODS, of: (m: Measured) => number) => at(all[name].map(of), 0.5);
  const felt = ({ duringMs, idleMs }: Measured) => duringMs / idleMs;
  const say = (name: keyof typeof METHODS) =>
    `${mid(name, (m) => m.rowsPerSecond).toFixed(0)} rows/s, others' p99 ${mid(name, felt).toFixed(1)}x of idle, longest statement ${mid(name, (m) => m.longestMs).toFixed(0)} ms`;
  const what = `purge of ${shape.owned} of ${shape.rows}`;
  const detail = NAMES.map((name) => `${name}: ${say(name)}`).join("; ");
  await tell({
    figure: {
      what: `${what}, fast`,
      unit: "x the rate of one plain DELETE",
      rounds: all.fast.map((m, round) => m.rowsPerSecond / (all.plain[round] ?? m).rowsPerSecond),
      atLeast: 0.6,
      detail,
    },
  });
  await tell({
    figure: {
      what: `${what}, fast, longest statement`,
      unit: "ms",
      rounds: all.fast.map(({ longestMs }) => longestMs),
      atMost: 150,
    },
  });
  await tell({
    figure: { what: `${what}, gentle, others' p99`, unit: "x idle", rounds: all.gentle.map(felt), atMost: 1.5 },
  });
  await tell({
    plot: {
      title: "Purge: rows a second against what others feel, each round",
      x: "others' p99, x idle",
      y: "rows/s",
      lines: Object.fromEntries(
        NAMES.map((name) => [
          name,
          all[name].map((m) => [felt(m), m.rowsPerSecond] as const).toSorted(([a], [b]) => a - b),
        ]),
      ),
    },
  });
}

async function measure(source: Source, method: Method): Promise<Measured> {
  const { url, drop } = await source.copy();
  const pool = openPool(url, { max: 3 });
  const longest = noteLongest(pool);
  const probe = await startProbe(url);
  const idleMs = await probe.report();
  const before = await pool.query("select pg_current_wal_insert_lsn() as lsn, (select max(id) from labels) as cutoff");

  const begun = performance.now();
  const rows = await method(pool, before.rows[0].cutoff);
  const seconds = (performance.now() - begun) / 1000;

  const longestMs = longest();
  const duringMs = await probe.report();
  const wal = await pool.query("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1) / 1e6 as mb", [
    before.rows[0].lsn,
  ]);
  await probe.stop();
  await pool.end();
  await drop();
  return { rows, rowsPerSecond: rows / seconds, longestMs, idleMs, duringMs, walMb: Number(wal.rows[0].mb) };
}

async function startProbe(url: string) {
  const child = fork(new URL("./purge/probe.ts", import.meta.url), [url]);
  const report = async (): Promise<number> => {
    child.send("report");
    const [p99] = await once(child, "message");
    return p99;
  };
  await delay(1_000);
  await report();
  await delay(IDLE_MS);
  const stop = async () => {
    child.send("stop");
    await once(child, "exit");
  };
  return { report, stop };
}

/** Returns a function that tells the longest statement so far, in ms as the client sees it. */
function noteLongest(pool: pg.Pool): () => number {
  let longest = 0;
  pool.on("connect", (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const noted = async (...args: unknown[]) => {
      const begun = performance.now();
      const result = await query(...args);
      longest = Math.max(longest, performance.now() - begun);
      return result;
    };
    client.query = noted as typeof client.query;
  });
  return () => longest;
}

function print(name: string, m: Measured, ratio: number): void {
  const cells = [
    name.padEnd(6),
    String(m.rows).padEnd(8),
    m.rowsPerSecond.toFixed(0).padStart(7),
    ratio.toFixed(2).padStart(8),
    m.longestMs.toFixed(0).padStart(10),
    `${m.duringMs.toFixed(1)} (${m.idleMs.toFixed(1)})`.padStart(21),
    (m.duringMs / m.idleMs).toFixed(1).padStart(6),
    m.walMb.toFixed(0).padStart(6),
  ];
  console.log(cells.join("  "));
}
