// A chaos run: the application works while everything goes wrong; then all is let settle and looked at.
import { setTimeout as sleep } from "node:timers/promises";
import { ACTIONS, type ActionName, type Actor, removeAll } from "./actions.ts";
import { createMemory, type Memory } from "./application.ts";
import { type Check, checkAll } from "./checks.ts";
import { type ClientCounts, createClient } from "./client.ts";
import { FAULTS, type FaultName } from "./faults.ts";
import { historyOf } from "./history.ts";
import { createRandom, type Random } from "./random.ts";
import { settle } from "./settle.ts";
import { openStage, type Stage } from "./stage.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly minutes: number;
  /** How many runs have finished before. */
  readonly finishedRuns: number;
  /** Hears what is going on, a line at a time. */
  readonly say: (line: string) => void;
}

export interface ChaosReport {
  readonly checks: readonly Check[];
  readonly actions: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly client: ClientCounts;
  readonly runs: Readonly<Record<string, number>>;
  readonly retried: number;
  /** What is known of those that failed checks are about. */
  readonly history: readonly string[];
}

const ACTORS = ["ann", "bob", "cleo"];
const TENANTS = 2;

const ACTION_WEIGHTS: Readonly<Record<ActionName, number>> = {
  signUp: 22,
  signUpMany: 1,
  signUpAgain: 4,
  label: 12,
  remove: 8,
  replace: 3,
  createProject: 6,
  removeProject: 2,
  addMembers: 8,
  removeMember: 2,
  removeMembers: 3,
  changeRole: 1,
  joinTenant: 4,
  leaveTenant: 1,
  suspend: 3,
  resume: 4,
  truncateProjects: 0.1,
  truncateMembers: 0.5,
  truncateTenants: 0.5,
  cancel: 3,
  retry: 4,
  approve: 2,
};

const PROVIDER = { Fails: 2, Refuses: 2, Throttles: 2, Drops: 2, Cuts: 3, CutsChanges: 3, Late: 3, Hangs: 1 };

const FAULT_WEIGHTS: Readonly<Record<FaultName, number>> = {
  kill: 10,
  stopBriefly: 3,
  stopPastSession: 3,
  stopPastTimeout: 4,
  terminate: 3,
  changeRelease: 4,
  restartPostgres: 1,
  crashPostgres: 1,
  killPostgres: 1,
  endSessions: 4,
  dropSessions: 4,
  readOnly: 1,
  cleanUp: 1,
  deleteJobs: 3,
  holdRuns: 3,
  holdRows: 3,
  holdTable: 2,
  driveDown: 2,
  driveHalfMakes: 2,
  cloudForgetsTokens: 2,
  ...prefixed("drive"),
  ...prefixed("cloud"),
};

/** Runs one and takes it down again. */
export async function runChaos({ seed, minutes, finishedRuns, say }: ChaosOptions): Promise<ChaosReport> {
  const random = createRandom(seed);
  const memory = createMemory();
  const stage = await openStage(finishedRuns);
  const actions: Record<string, number> = {};
  const faults: Record<string, number> = {};
  const client: ClientCounts = { done: 0, conflicts: 0, broken: 0, refused: 0 };
  try {
    await prepare(stage, memory, random);
    const began = performance.now();
    const isHalf = () => performance.now() >= began + minutes * 30_000;
    const isOver = () => performance.now() >= began + minutes * 60_000;
    const unexpected: string[] = [];
    const actors = ACTORS.map(
      (name): Actor => ({
        name,
        memory,
        own: [],
        ownProjects: [],
        random: random.fork(name),
        client: createClient(stage.postgres.pool, random.fork(`client ${name}`), client),
      }),
    );
    const work = (until: () => boolean) => Promise.all(actors.map((actor) => act(actor, until, actions, unexpected)));
    /** In the middle all users are taken away in one statement, and the next release is deployed. */
    const play = async () => {
      await work(isHalf);
      await Promise.all([stage.deploy(), removeAll(actors).then(() => work(isOver))]);
    };
    await Promise.all([play(), disturb(stage, random.fork("faults"), isOver, faults), tell(stage, isOver, say)]);
    actions["removeAll"] = faults["deploy"] = 1;
    say("no more faults; letting everything settle");
    const { retried, left } = await settle(stage);
    const checks = [
      { what: "everything ended", looked: 1, problems: left },
      {
        what: "the application met no other error than those it must expect",
        looked: client.done,
        problems: unexpected,
      },
      { what: "no worker ended by itself", looked: 1, problems: stage.crashes },
      ...(await checkAll(stage, memory)),
    ];
    const history: string[] = [];
    for (const check of checks) history.push(...(await historyOf(stage.postgres.pool, check)));
    return { history, checks, actions, faults, client, retried, runs: await countRuns(stage) };
  } finally {
    await stage.close();
  }
}

async function prepare({ postgres, providers }: Stage, memory: Memory, random: Random): Promise<void> {
  providers.drive.faults.setLatency({ min: 5, max: 60 });
  providers.cloud.faults.setLatency({ min: 5, max: 60 });
  for (let i = 0; i < TENANTS; i++) {
    const id = random.uuid();
    await postgres.pool.query("insert into app_public.tenants (id, name) values ($1, $2)", [id, `tenant ${i}`]);
    memory.tenants.push(id);
  }
}

async function act(
  actor: Actor,
  isOver: () => boolean,
  counts: Record<string, number>,
  unexpected: string[],
): Promise<void> {
  while (!isOver()) {
    const name = actor.random.weighted(ACTION_WEIGHTS);
    counts[name] = (counts[name] ?? 0) + 1;
    await ACTIONS[name](actor).catch((error: unknown) => unexpected.push(`${name}: ${String(error)}`));
    await sleep(actor.random.int(100, 700));
  }
}

async function disturb(
  stage: Stage,
  random: Random,
  isOver: () => boolean,
  counts: Record<string, number>,
): Promise<void> {
  const underWay = new Set<Promise<unknown>>();
  while (!isOver()) {
    await sleep(random.int(200, 2_000));
    const name = random.weighted(FAULT_WEIGHTS);
    counts[name] = (counts[name] ?? 0) + 1;
    // Postgres may be away just now: then this one does not happen.
    const fault = FAULTS[name](stage, random.fork(`${name} ${counts[name]}`))
      .catch(() => undefined)
      .finally(() => underWay.delete(fault));
    underWay.add(fault);
  }
  await Promise.all(underWay);
}

async function tell({ postgres }: Stage, isOver: () => boolean, say: (line: string) => void): Promise<void> {
  while (!isOver()) {
    await sleep(10_000);
    const found = await postgres.pool
      .query<{ line: string }>(
        "select string_agg(format('%s %s', n, status), ', ') as line from (select status, count(*) as n from chaos.runs group by status order by status) r",
      )
      .catch(() => undefined);
    say(`runs: ${found?.rows[0]?.line ?? "Postgres is away"}`);
  }
}

async function countRuns({ postgres }: Stage): Promise<Record<string, number>> {
  const { rows } = await postgres.pool.query<{ what: string; n: number }>(
    "select kind || ' ' || status as what, count(*)::int as n from chaos.runs group by 1 order by 1",
  );
  return Object.fromEntries(rows.map(({ what, n }) => [what, n]));
}

function prefixed(which: "drive" | "cloud") {
  return Object.fromEntries(Object.entries(PROVIDER).map(([name, weight]) => [`${which}${name}`, weight])) as Record<
    `${typeof which}${keyof typeof PROVIDER}`,
    number
  >;
}
