import { load, type Peer } from "./peer.ts";

export const QUEUE = "bench";
export const BEST = { batchSize: 2_000, localConcurrency: 2, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };

interface Boss {
  on(event: "error", listener: (err: Error) => void): void;
  start(): Promise<unknown>;
  stop(options: { graceful: boolean }): Promise<void>;
  createQueue(name: string, options: { notify: boolean; heartbeatSeconds?: number }): Promise<void>;
  insert(name: string, jobs: { data: object }[]): Promise<unknown>;
  work(name: string, options: object, handler: (jobs: { data: unknown }[]) => Promise<void>): Promise<string>;
}

export function createBoss(options: object): Boss {
  const { PgBoss } = load("pg-boss") as { PgBoss: new (options: object) => Boss };
  const boss = new PgBoss(options);
  boss.on("error", (err) => console.error(err));
  return boss;
}

/** pg-boss, which hands over jobs in batches. */
export async function openBoss(connectionString: string, onBegin: (id: string) => void): Promise<Peer> {
  const create = () => createBoss({ connectionString, useListenNotify: true });
  const adder = create();
  await adder.start();
  await adder.createQueue(QUEUE, { notify: true });
  return {
    left: "select 1 from pgboss.job where state < 'completed' limit 1",
    add: (ids) =>
      adder.insert(
        QUEUE,
        ids.map((id) => ({ data: { id } })),
      ),
    async work() {
      const boss = create();
      await boss.start();
      await boss.work(QUEUE, BEST, async (jobs) => {
        for (const { data } of jobs) onBegin((data as { id: string }).id);
      });
      return () => boss.stop({ graceful: true });
    },
    close: () => adder.stop({ graceful: false }),
  };
}
