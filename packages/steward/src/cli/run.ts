// One run with its steps and their attempts, for the commands run and watch.
import type pg from "pg";
import { wrap } from "../text.ts";
import type { Look } from "./follow.ts";
import { bar, type Card, cards, duration } from "./output.ts";
import { describeRun, type FoundRun, findRun } from "./runs.ts";

interface ShownStep {
  readonly id: string;
  readonly name: string;
  readonly item: string | null;
  readonly status: string;
  readonly attempts: readonly {
    readonly attempt: number;
    readonly outcome: string;
    readonly host: string | null;
    readonly pid: number | null;
    readonly error_code: string | null;
    readonly words: string | null;
  }[];
}

interface Steps {
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  readonly percent: number;
  /** Seconds until it has probably ended. */
  readonly seconds: number | null;
  /** Why it is not further, where somebody has to act: then there is no telling when it ends. */
  readonly obstacle: string | null;
  readonly counts: readonly { readonly name: string; readonly status: string; readonly steps: number }[];
  readonly steps: readonly ShownStep[];
}

/** A run of more steps is shown by how many stand where, and by some that tell something. */
const FEW = 20;
const TELLING = ["failed", "retrying", "running"];
const SHOWN = 5;

const STEPS = `
select p.done, p.total, p.failed, p.percent, extract(epoch from steward.runs_estimated_completion(r) - clock_timestamp())::float8 as seconds,
  case when r.status in ('pending', 'running', 'suspended') then (select e.explanation from steward.explain_run(r.id) e where e.who <> 'nobody') end as obstacle,
  coalesce((
    select json_agg(c order by c.name, c.status)
    from (select s.name, s.status, count(*) as steps from steward.steps s where s.run_id = r.id group by s.name, s.status) c
  ), '[]') as counts,
  coalesce((
    select json_agg(json_build_object(
      'id', s.id::text, 'name', s.name, 'item', s.item, 'status', s.status, 'ready_at', s.ready_at, 'error_code', s.error_code,
      'error_message', s.error_message, 'attempts', coalesce((
        select json_agg(to_jsonb(a) - 'run_id' - 'step_id' - 'step' - 'item' order by a.attempt) from steward.attempts a where a.step_id = s.id
      ), '[]')) order by s.id)
    from (
      select s.* from (select s.* from steward.steps s where s.run_id = r.id offset 0) s
      order by array_position('{failed,running,retrying,queued,waiting,cancelled}'::text[], s.status::text), s.id
      limit 100
    ) s
  ), '[]') as steps
from steward.runs r, steward.runs_progress(r) p
where r.id = $1`;

/** Looks at the run that is named by its id or by its row. ST110 when there is none. */
export async function lookAtRun(
  client: pg.Client,
  named: string,
): Promise<Look & { readonly data: FoundRun & Omit<Steps, "seconds" | "obstacle"> }> {
  const run = await findRun(client, named);
  const { rows } = await client.query<Steps>(STEPS, [run.id]);
  if (rows[0] === undefined) return lookAtRun(client, named);
  const { seconds, obstacle, ...steps } = rows[0];
  const { done, total, failed, percent } = steps;
  const lost = failed > 0 ? [`${failed} failed`] : [];
  const far = [`${bar(percent)} ${Math.floor(percent)} %: ${done} of ${total} steps`, ...lost].join(", ");
  const left = seconds === null || obstacle !== null ? "" : `, likely done in ${duration(seconds)}`;
  const text = (line: string, why: string | null) =>
    [`${describeRun(run)}\n${wrap(line)}`, ...(why === null ? [] : [wrap(why)]), cards(cardsOf(steps))].join("\n\n");
  return { text: text(far + left, obstacle), data: { ...run, ...steps }, key: text(far, null) };
}

/** All steps of a run that has few. Of a larger one how many stand where, and the first that fail, are at work or try again. */
function cardsOf({ steps, counts }: Pick<Steps, "steps" | "counts">): Card[] {
  if (steps.length <= FEW) return steps.map(cardOf);
  const amounts = counts.map(({ name, status, steps: all }) => ({
    head: [status, name, `${all} ${all === 1 ? "step" : "steps"}`],
    lines: [],
  }));
  const telling = steps.filter(({ status }) => TELLING.includes(status)).toSorted(byTelling);
  return [...amounts, ...telling.slice(0, SHOWN).map(cardOf)];
}

const byTelling = (a: ShownStep, b: ShownStep) => TELLING.indexOf(a.status) - TELLING.indexOf(b.status);

function cardOf({ name, item, status, attempts }: ShownStep): Card {
  return {
    head: [status, item === null ? name : `${name} (${item})`],
    lines: attempts
      .filter(({ outcome }) => outcome !== "succeeded")
      .map(({ attempt, outcome, host, pid, error_code, words }) =>
        [`attempt ${attempt}: ${outcome}`, host && `at ${host} (${pid})`, error_code, words].filter(Boolean).join(" "),
      ),
  };
}
