// What goes wrong in a chaos run: workers, Postgres, providers, and hands in the queue.
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultInput } from "../../server/embedded/cloud/faults.ts";
import type { TestWorker } from "../helpers/worker.ts";
import type { Random } from "./random.ts";
import { TIMEOUT_SECONDS } from "./setup.ts";
import type { Stage } from "./stage.ts";

type Fault = (stage: Stage, random: Random) => Promise<unknown>;

/** A worker that has been stopped, or asked to end, is left alone until that is over. */
const busy = new Set<TestWorker>();

function someWorker({ workers }: Stage, random: Random): TestWorker | undefined {
  return random.pick(workers.filter((worker) => !busy.has(worker)));
}

async function withWorker(stage: Stage, random: Random, work: (worker: TestWorker) => Promise<unknown>): Promise<void> {
  const worker = someWorker(stage, random);
  if (worker === undefined) return;
  busy.add(worker);
  await work(worker).finally(() => busy.delete(worker));
}

const kill: Fault = async (stage, random) => {
  const worker = someWorker(stage, random);
  if (worker === undefined) return;
  stage.expectEnd(worker);
  worker.kill("SIGKILL");
};

function stop(lowest: number, highest: number): Fault {
  return (stage, random) =>
    withWorker(stage, random, async (worker) => {
      worker.kill("SIGSTOP");
      await sleep(random.int(lowest, highest));
      worker.kill("SIGCONT");
    });
}

const terminate: Fault = (stage, random) => withWorker(stage, random, stage.terminate);

const changeRelease: Fault = (stage, random) => withWorker(stage, random, stage.changeRelease);

function restart(how: "SIGINT" | "SIGQUIT" | "SIGKILL"): Fault {
  return (stage) => stage.postgres.restart(how);
}

const TERMINATE_SESSIONS = `
select pg_terminate_backend(pid) from pg_stat_activity
where application_name = $1 and hashtext(pid::text) % 2 = $2`;

const endSessions: Fault = ({ postgres }, random) =>
  postgres.pool.query(TERMINATE_SESSIONS, [
    random.pick(["steward worker", "steward worker backlog", "steward presence"]),
    random.int(0, 1),
  ]);

/** Presence sessions end while their processes live, one after the other; half of the time others notice before the worker is back. */
const dropSessions: Fault = async ({ postgres }, random) => {
  for (let drops = random.int(1, 6); drops > 0; drops--) {
    await postgres.pool.query(TERMINATE_SESSIONS, ["steward presence", random.int(0, 1)]);
    if (random.chance(0.5)) await postgres.pool.query("select steward_private.rescue_steps(-1)");
    await sleep(random.int(0, 1_500));
  }
};

/** A failover: for some time Postgres only reads. */
const readOnly: Fault = async ({ postgres }, random) => {
  try {
    await postgres.demote();
    await sleep(random.int(500, 6_000));
  } finally {
    await postgres.promote();
  }
};

/** Somebody tidies graphile-worker's tables, and its tasks have other numbers from then on. */
const cleanUp: Fault = ({ postgres }) =>
  postgres.pool.query(
    "delete from graphile_worker._private_tasks t where t.id not in (select j.task_id from graphile_worker._private_jobs j)",
  );

/** Somebody deletes jobs that wait. */
const deleteJobs: Fault = ({ postgres }, random) =>
  postgres.pool.query("delete from graphile_worker._private_jobs where locked_at is null and id % 3 = $1", [
    random.int(0, 2),
  ]);

/** Somebody has a transaction open for some time that holds what workers need. */
function hold(...statements: readonly string[]): Fault {
  return async ({ postgres }, random) => {
    const db = await postgres.pool.connect();
    try {
      await db.query("begin; set local lock_timeout = '2s'");
      await db.query(random.pick(statements) ?? "");
      await sleep(random.int(500, 6_000));
    } finally {
      await db.query("rollback").catch(() => undefined);
      db.release(true);
    }
  };
}

/** Used up or not, a trouble is over by then: behind an open circuit few requests come, and a provider would never get well. */
const TROUBLE_MS = 10_000;

function provider(which: "drive" | "cloud", fault: (random: Random) => FaultInput): Fault {
  return async ({ providers }, random) => providers[which].faults.add({ forMs: TROUBLE_MS, ...fault(random) });
}

const PROVIDER_FAULTS = {
  Fails: (random: Random) => ({
    kind: "fail",
    status: random.pick([500, 502, 503, 504]) ?? 500,
    times: random.int(1, 12),
  }),
  Refuses: (random: Random) => ({ kind: "fail", status: 503, forMs: random.int(1_000, 5_000) }),
  Throttles: (random: Random) => ({ kind: "throttle", retryAfterSeconds: random.int(1, 2), times: random.int(1, 8) }),
  Drops: (random: Random) => ({ kind: "drop", times: random.int(1, 10) }),
  Cuts: (random: Random) => ({ kind: "cut", times: random.int(1, 12) }),
  CutsChanges: (random: Random) => ({
    kind: "cut",
    method: random.pick(["POST", "PUT", "DELETE"]) ?? "POST",
    times: random.int(1, 6),
  }),
  Late: (random: Random) => ({
    kind: "late",
    ms: random.int(500, (TIMEOUT_SECONDS + 2) * 1_000),
    times: random.int(1, 5),
  }),
  Hangs: (random: Random) => ({ kind: "hang", times: random.int(1, 2) }),
} as const satisfies Record<string, (random: Random) => FaultInput>;

function providerFaults<P extends "drive" | "cloud">(which: P): Record<`${P}${keyof typeof PROVIDER_FAULTS}`, Fault> {
  const entries = Object.entries(PROVIDER_FAULTS).map(([name, fault]) => [`${which}${name}`, provider(which, fault)]);
  return Object.fromEntries(entries) as Record<`${P}${keyof typeof PROVIDER_FAULTS}`, Fault>;
}

/** Everything that goes wrong. */
export const FAULTS = {
  kill,
  stopBriefly: stop(500, 3_000),
  stopPastSession: stop(5_500, 7_000),
  stopPastTimeout: stop((TIMEOUT_SECONDS + 1) * 1_000, (TIMEOUT_SECONDS + 5) * 1_000),
  terminate,
  changeRelease,
  restartPostgres: restart("SIGINT"),
  crashPostgres: restart("SIGQUIT"),
  killPostgres: restart("SIGKILL"),
  endSessions,
  dropSessions,
  readOnly,
  cleanUp,
  deleteJobs,
  holdRuns: hold(
    "select from steward.runs where status in ('pending', 'running') order by id limit 5 for update skip locked",
    "select from steward.steps where status in ('queued', 'running', 'retrying') order by id limit 5 for update skip locked",
  ),
  holdRows: hold(
    "select from app_public.users order by id desc limit 20 for update skip locked",
    "select from app_public.projects order by id limit 5 for update skip locked",
    "select from app_public.project_members order by project_id limit 30 for update skip locked",
    "select from app_public.drive_accounts order by user_id limit 20 for update skip locked",
  ),
  holdTable: hold(
    "lock table app_public.project_members in access exclusive mode",
    "lock table app_public.drive_accounts in share mode",
    "lock table steward.steps in share mode",
    "lock table steward.lanes in access exclusive mode",
  ),
  ...providerFaults("drive"),
  ...providerFaults("cloud"),
  driveDown: ({ providers }, random) => providers.drive.faults.down(random.int(500, 4_000)),
  driveHalfMakes: async ({ providers }, random) =>
    providers.drive.faults.halfMake({ times: random.int(1, 3), code: random.chance(0.5) ? 101 : 996 }),
  cloudForgetsTokens: async ({ providers }) => providers.cloud.forgetTokens(),
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
