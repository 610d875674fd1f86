// What a chaos run plays on: a Postgres of its own, both providers, and worker processes that are started again when they end.
import { setTimeout as sleep } from "node:timers/promises";
import { type OwnPostgres, startOwnPostgres } from "../helpers/own-postgres.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { SETUP } from "./setup.ts";

/** How far each worker's clock is ahead. */
const CLOCK_OFFSETS_MS = [0, 3_600_000, -3_600_000];
const CONCURRENCY = 8;
const AGAIN_MS = 300;

export interface Stage {
  readonly postgres: OwnPostgres;
  readonly providers: TestProviders;
  /** Those that run now; one that ends is replaced. */
  readonly workers: readonly TestWorker[];
  /** Ends of workers that nobody had asked for. */
  readonly crashes: string[];
  /** To be called before ending a worker on purpose. */
  expectEnd(worker: TestWorker): void;
  close(): Promise<void>;
}

/** Builds the stage. Workers are npm run worker and npx graphile-worker, two of them with wrong clocks. */
export async function openStage(): Promise<Stage> {
  const [postgres, providers] = await Promise.all([
    startOwnPostgres(),
    startProviders({ editLimit: { edits: 50, windowMs: 10_000 } }),
  ]);
  await postgres.pool.query(SETUP);
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

  return {
    postgres,
    providers,
    workers,
    crashes,
    expectEnd: (worker) => void expected.add(worker),
    async close() {
      closing = true;
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all(kept);
      await Promise.all([providers.close(), postgres.close()]);
    },
  };
}
