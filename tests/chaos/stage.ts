// What a chaos run plays on: a Postgres of its own, both providers, and worker processes that are started again when they end.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PROJECT_ROOT } from "../../server/config.ts";
import { addHistory } from "../helpers/history.ts";
import { type OwnPostgres, startOwnPostgres } from "../helpers/own-postgres.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { makeNextRelease } from "./release.ts";
import { SETUP } from "./setup.ts";

/** How far each worker's clock is ahead. */
const CLOCK_OFFSETS_MS = [0, 3_600_000, -3_600_000];
const CONCURRENCY = 8;
const AGAIN_MS = 300;
const END_MS = 30_000;
const MIGRATION_TRIES = 30;

export interface Stage {
  readonly postgres: OwnPostgres;
  readonly providers: TestProviders;
  /** Those that run now; one that ends is replaced. */
  readonly workers: readonly TestWorker[];
  /** Ends of workers that nobody had asked for. */
  readonly crashes: string[];
  /** To be called before ending a worker by force. */
  expectEnd(worker: TestWorker): void;
  /** Asks it to end; that it takes too long counts as a crash. */
  terminate(worker: TestWorker): Promise<void>;
  /** Migrates to the next release while all goes on, and puts workers of it in the place of the others, one after the other. */
  deploy(): Promise<void>;
  /** Once it is deployed, puts a worker of the other release in the place of this one, there or back. */
  changeRelease(worker: TestWorker): Promise<void>;
  close(): Promise<void>;
}

/** Builds the stage, with so many runs that have finished. Workers are npm run worker and npx graphile-worker, two of them with wrong clocks. */
export async function openStage(finishedRuns: number): Promise<Stage> {
  const [postgres, providers] = await Promise.all([
    startOwnPostgres(),
    startProviders({ editLimit: { edits: 50, windowMs: 10_000 } }),
  ]);
  await addHistory(postgres.superuserUrl, finishedRuns);
  await postgres.pool.query(SETUP);
  const nextRelease = mkdtempSync(join(tmpdir(), "steward-release-"));
  makeNextRelease(nextRelease);
  const releases = CLOCK_OFFSETS_MS.map(() => PROJECT_ROOT);
  let isDeployed = false;
  const workers: TestWorker[] = [];
  const crashes: string[] = [];
  const expected = new Set<TestWorker>();
  let closing = false;

  async function keepOne(clockOffsetMs: number, place: number): Promise<void> {
    const kind = place === 0 ? "cli" : "worker";
    while (!closing) {
      const { databaseUrl, apiUrl } = postgres;
      const worker = startWorker({
        kind,
        project: releases[place],
        databaseUrl,
        apiUrl,
        env: { ...providers.env, NEXTCLOUD_EDITS_SECONDS: "10" },
        concurrency: CONCURRENCY,
        clockOffsetMs,
      });
      workers[place] = worker;
      const { code, signal } = await worker.exited;
      // The library's own command gives up when Postgres goes away at the wrong moment; who runs it has to start it again.
      if (!expected.has(worker) && kind !== "cli" && !closing)
        crashes.push(`${kind} ended by itself: ${code ?? signal}: ${worker.log().slice(-2_000)}`);
      await sleep(AGAIN_MS);
    }
  }
  const kept = CLOCK_OFFSETS_MS.map(keepOne);

  async function terminate(worker: TestWorker): Promise<void> {
    expected.add(worker);
    worker.kill("SIGTERM");
    const exit = await Promise.race([worker.exited, sleep(END_MS, undefined, { ref: false })]);
    if (exit === undefined) crashes.push(`worker ${worker.pid} did not end within ${END_MS} ms of SIGTERM`);
  }

  async function replace(place: number, release: string): Promise<void> {
    releases[place] = release;
    const worker = workers[place];
    if (worker !== undefined) await terminate(worker);
  }

  return {
    postgres,
    providers,
    workers,
    crashes,
    expectEnd: (worker) => void expected.add(worker),
    terminate,
    async deploy() {
      if (!isDeployed) await migrateBy(nextRelease, postgres);
      isDeployed = true;
      for (const place of releases.keys()) await replace(place, nextRelease);
    },
    async changeRelease(worker) {
      const place = workers.indexOf(worker);
      if (isDeployed) await replace(place, releases[place] === nextRelease ? PROJECT_ROOT : nextRelease);
    },
    async close() {
      closing = true;
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all(kept);
      await Promise.all([providers.close(), postgres.close()]);
      rmSync(nextRelease, { recursive: true, force: true });
    },
  };
}

/** Again and again, for Postgres may go away meanwhile. */
async function migrateBy(release: string, { databaseUrl, apiUrl }: OwnPostgres): Promise<void> {
  for (let tries = 1; ; tries++) {
    const migration = startWorker({ kind: "scripts/migrate.ts", project: release, databaseUrl, apiUrl });
    const { code } = await migration.exited;
    if (code === 0) return;
    if (tries === MIGRATION_TRIES) throw new Error(`the next release does not migrate: ${migration.log()}`);
    await sleep(AGAIN_MS);
  }
}
