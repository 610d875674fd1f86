// What operators, scrapes and pages ask: how long each takes, and how many blocks it reads, which is the same on every machine.
import type pg from "pg";
import { at } from "../helpers/percentiles.ts";

const ROUNDS = 5;
const LONGEST_MS = 100;
const RUNS_OF = `
select
  (select id from steward.runs where status in ('failed', 'cancelled') order by finished_at desc limit 1) as failed,
  (select run_id from steward.steps where is_backlog and lane = 'bulk' order by task, priority, ready_at, id limit 1) as backlog,
  (select run_id from steward.steps where status in ('queued', 'retrying') and not is_backlog order by ready_at limit 1) as queued`;

/** Asks each of them some times, and prints the median. */
export async function ask(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    console.log(`Questions, median of ${ROUNDS}:                    ms    blocks`);
    for (const [name, text] of Object.entries(await questions(client))) {
      await client.query(text);
      const taken: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const begun = performance.now();
        await client.query(text);
        taken.push(performance.now() - begun);
      }
      const ms = at(taken, 0.5);
      const cells = [name.padEnd(40), ms.toFixed(1).padStart(8), String(await blocksOf(client, text)).padStart(9)];
      console.log(`  ${cells.join(" ")}${ms > LONGEST_MS ? "   too long" : ""}`);
    }
  } finally {
    client.release();
  }
}

async function questions(client: pg.ClientBase): Promise<Record<string, string>> {
  const { rows } = await client.query<Record<"failed" | "backlog" | "queued", string>>(RUNS_OF);
  const runs = rows[0] ?? { failed: "", backlog: "", queued: "" };
  const views = ["workers", "backlog", "failures", "slow_runs", "purges", "lanes", "blockers", "violations", "home"];
  const ofRuns = Object.entries(runs).flatMap(([which, id]) => [
    [`explain_run of a ${which} run`, `select * from steward.explain_run('${id}')`],
    [`attempts of a ${which} run`, `select * from steward.attempts where run_id = '${id}'`],
    [`jobs of a ${which} run`, `select * from steward.jobs where run_id = '${id}'`],
  ]);
  return {
    ...Object.fromEntries(views.map((view) => [view, `select * from steward.${view}`])),
    "jobs, a hundred": "select * from steward.jobs limit 100",
    "audit, twenty": "select * from steward.audit order by id desc limit 20",
    ...Object.fromEntries(ofRuns),
    "a scrape": "select * from steward.measure()",
    "the overview": "select steward.overview()",
    readiness: "select * from steward.server_health()",
    "the runs of a row": "select id from steward.runs_of('public.orders', '500')",
    "a page of runs": "select * from steward.runs order by id desc limit 51",
    "a page of a row's runs":
      "select * from steward.runs where subject_id = '500' and (finished_at is not null or status in ('pending', 'running', 'suspended')) order by id desc limit 51",
    "a page of an owner's runs": "select * from steward.runs where owner_id = '500' order by created_at desc limit 51",
  };
}

async function blocksOf(client: pg.ClientBase, text: string): Promise<number> {
  const { rows } = await client.query<{
    "QUERY PLAN": readonly { Plan: Record<"Shared Hit Blocks" | "Shared Read Blocks", number> }[];
  }>(`explain (analyze, buffers, timing off, format json) ${text}`);
  const plan = rows[0]?.["QUERY PLAN"][0]?.Plan;
  return (plan?.["Shared Hit Blocks"] ?? 0) + (plan?.["Shared Read Blocks"] ?? 0);
}
