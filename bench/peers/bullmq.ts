import { load, type Peer } from "./peer.ts";

const QUEUE = "bench";
const CONCURRENCY = 300;

interface Handle {
  on(event: "error", listener: (err: Error) => void): void;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}
interface Queue extends Handle {
  addBulk(jobs: { name: string; data: object }[]): Promise<unknown>;
}
interface BullMq {
  readonly createPostgresBackend: unknown;
  readonly Queue: new (name: string, options: object, backend: unknown) => Queue;
  readonly Worker: new (
    name: string,
    handler: (job: { data: { id: string } }) => Promise<void>,
    options: object,
    backend: unknown,
  ) => Handle;
}

/** BullMQ with its Postgres back end. */
export async function openBullMq(connectionString: string, onBegin: (id: string) => void): Promise<Peer> {
  const { Queue, Worker, createPostgresBackend } = load("bullmq") as BullMq;
  const connection = { connectionString, migrate: true };
  const queue = new Queue(QUEUE, { connection }, createPostgresBackend);
  queue.on("error", (err) => console.error(err));
  await queue.waitUntilReady();
  return {
    left: "select 1 from bullmq.job where state not in ('completed', 'failed') limit 1",
    add: (ids) => queue.addBulk(ids.map((id) => ({ name: "noop", data: { id } }))),
    async work() {
      const handle = async ({ data }: { data: { id: string } }) => onBegin(data.id);
      const worker = new Worker(QUEUE, handle, { connection, concurrency: CONCURRENCY }, createPostgresBackend);
      worker.on("error", (err) => console.error(err));
      await worker.waitUntilReady();
      return () => worker.close();
    },
    close: () => queue.close(),
  };
}
