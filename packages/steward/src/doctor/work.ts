// Whether what is due is being done: workers, other people's locks, closed lanes, pauses.
import type pg from "pg";
import type { Finding } from "../config/define.ts";
import { EngineError } from "../errors/index.ts";
import { hint, problem } from "./finding.ts";

interface Paused {
  readonly name: string;
  readonly pause: { readonly by: string; readonly at: string; readonly reason: string | null } | null;
}
interface Lane extends Paused {
  readonly openUntil: string | null;
  readonly downSince: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}
/** What of steward.overview is looked at. */
interface Overview {
  readonly workers: readonly unknown[];
  readonly lackingTasks: readonly string[];
  readonly oldestReadySeconds: number | null;
  readonly lanes: readonly Lane[];
  readonly tasks: readonly Paused[];
  readonly lifecycles: readonly (Omit<Paused, "name"> & { readonly kind: string })[];
}
interface Blocker {
  readonly pid: number;
  readonly name: string;
  readonly state: string | null;
  readonly steps: number;
  readonly sessions: number;
}
interface Row {
  readonly overview: Overview;
  readonly hanging: readonly string[];
  readonly blockers: readonly Blocker[];
  readonly taken: string | null;
  /** What Postgres says of its disk. */
  readonly no_room: string | null;
  readonly no_standby: string | null;
  /** Where workers of the primary are not seen. */
  readonly at_standby: boolean;
  /** Lanes whose service refuses what a worker signs in with. */
  readonly refused: readonly { readonly lane: string; readonly explanation: string }[];
  /** Steps are in the hands of a worker, be it alive or not. */
  readonly is_held: boolean;
  /** Who has locked a whole table. */
  readonly holders: string | null;
}
/** Why a run is not further. */
interface Still {
  readonly run: string;
  readonly code: string;
  readonly explanation: string;
}

const QUESTION = `
select steward.overview() as overview, array(
  select format('process %s at %s', w.pid, w.host) from steward.workers w where w.state = 'hangs' order by w.id limit 5
) as hanging, (
  select coalesce(json_agg(b), '[]')
  from (
    select b.pid, coalesce(nullif(b.application, ''), b.role_name) as name, b.state, b.steps, b.sessions
    from steward.blockers b
    where b.steps > 0 or coalesce(b.since < now() - interval '10 seconds', true) -- null: another role's session
    order by b.since
    limit 5
  ) b
) as blockers, steward_private.taken_connections() as taken, steward_private.no_room() as no_room, steward_private.no_standby() as no_standby, pg_is_in_recovery() as at_standby, (
  select coalesce(json_agg(json_build_object('lane', l.name, 'explanation', r.explanation) order by l.name), '[]')
  from steward.lanes l
  cross join lateral steward_private.explain_refusals(l.name) r
  where r.explanation is not null
) as refused, exists (select from steward.steps s where s.worker_id is not null) as is_held,
steward_private.lock_holders('{ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}', false) as holders`;
/** The step that has waited, that has been put off for a lock, and that has been at work for the longest, where somebody has to act. */
const STILL = `
select distinct s.run_id as run, e.code, e.explanation
from (
  (
    select d.run_id
    from (select d.* from steward.steps d where d.status in ('queued', 'retrying') and not d.is_backlog and d.ready_at < now() - interval '10 seconds' order by d.ready_at limit 1000) d
    join steward.runs r on r.id = d.run_id and r.status in ('pending', 'running')
    where not steward_private.is_paused(d.task, d.lane, d.run_id)
    order by d.ready_at limit 1
  )
  union all
  (
    select d.run_id
    from (select d.* from steward.steps d where d.status in ('queued', 'retrying') and not d.is_backlog order by d.ready_at limit 1000) d
    where d.blocked_since < now() - interval '5 seconds'
    order by d.blocked_since limit 1
  )
  union all
  (select d.run_id from steward.steps d where d.worker_id is not null and d.begun_at < now() - interval '5 seconds' order by d.begun_at limit 1)
) s
cross join lateral steward.explain_run(s.run_id) e
where e.who <> 'nobody' and e.code in ('blocked', 'row_held', 'cannot_begin', 'edited', 'waits_for_place')`;
/** A worker that is started anew needs a moment. */
const PATIENCE_S = 10;

export async function examineWork(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<Row>(QUESTION);
  const [row] = rows;
  if (row === undefined) return [];
  const { overview, hanging, blockers, taken, refused, is_held: isHeld } = row;
  const still = row.at_standby ? [] : (await client.query<Still>(STILL)).rows;
  const isRefused = ({ name }: Lane) => refused.some(({ lane }) => lane === name);
  return [
    ...(taken === null ? [] : [problem(taken, "End sessions that nobody needs, or raise that limit.")]),
    ...noRoom(row.no_room),
    ...noStandby(row.no_standby),
    ...(row.at_standby ? [] : examineWorkers(overview, isHeld)),
    ...hanging.map((worker) =>
      problem(`The worker that is ${worker} hangs.`, "End that process and start another; its steps go on elsewhere."),
    ),
    ...blockers.map(blocking),
    ...(row.holders === null
      ? []
      : [hint(`Whoever writes there waits: ${row.holders}.`, "It goes on when that transaction ends.")]),
    // Whom blockers names is told.
    ...still.filter(({ code }) => code !== "blocked" || blockers.length === 0).map(standing),
    ...refused.map(({ explanation }) =>
      problem(explanation, "Restart that worker with the right login; others go on."),
    ),
    ...overview.lanes.filter((lane) => !isRefused(lane)).flatMap(closed),
    ...paused("lane", overview.lanes),
    ...paused("task", overview.tasks),
    ...paused(
      "lifecycle",
      overview.lifecycles.map(({ kind, pause }) => ({ name: kind, pause })),
    ),
  ];
}

function noRoom(words: string | null): Finding[] {
  if (words === null) return [];
  return [
    problem(
      `Postgres has no room left on its disk, so workers can record nothing: ${words}.`,
      "Make room: old logs, replication slots that nobody reads, or a larger disk. All goes on by itself.",
    ),
  ];
}

function noStandby(words: string | null): Finding[] {
  if (words === null) return [];
  return [
    problem(
      `Nothing that is written is confirmed: ${words}.`,
      "Bring that standby back, or do without it: alter system set synchronous_standby_names = ''; select pg_reload_conf();",
    ),
  ];
}

function examineWorkers({ workers, lackingTasks, oldestReadySeconds }: Overview, isHeld: boolean): Finding[] {
  if (workers.length > 0)
    return lackingTasks.map((task) =>
      problem(`Steps wait for the task ${task}, and no worker has it.`, "Start a worker that brings it."),
    );
  const waits = oldestReadySeconds === null ? 0 : Math.round(oldestReadySeconds);
  const said = [
    waits >= PATIENCE_S && `a step has waited for ${waits} s`,
    isHeld && "the one that began steps is gone, or its process hangs",
  ].filter(Boolean);
  if (said.length === 0) return [];
  return [problem(`No worker is alive, and ${said.join(", and ")}.`, "Start one: npx steward worker.")];
}

function standing({ run, explanation }: Still): Finding {
  return problem(`A run does not get on: ${explanation}`, `npx steward why ${run}`);
}

function blocking({ pid, name, state, steps, sessions }: Blocker): Finding {
  const waiting = `${steps} steps and ${sessions} sessions`;
  return hint(
    `Session ${pid} (${[name, state].filter(Boolean).join(", ")}) holds locks for which ${waiting} wait.`,
    `They go on when its transaction ends; select pg_terminate_backend(${pid}); ends it.`,
  );
}

function closed({ name, openUntil, downSince, errorCode, errorMessage }: Lane): Finding[] {
  if (openUntil === null) return [];
  return [
    hint(
      `Lane ${name} is closed since ${downSince ?? "just now"}, with ${errorCode}: ${errorMessage}`,
      errorCode === "ST834"
        ? new EngineError("ST834").next
        : "Its steps wait and use up no attempt; see to the service behind it.",
    ),
  ];
}

function paused(what: string, all: readonly Paused[]): Finding[] {
  return all.flatMap(({ name, pause }) =>
    pause === null
      ? []
      : hint(
          `The ${what} ${name} is paused: ${pause.by} did so at ${pause.at}${pause.reason ? `, saying "${pause.reason}"` : ""}.`,
          `select steward.unpause(${what} => '${name}');`,
        ),
  );
}
