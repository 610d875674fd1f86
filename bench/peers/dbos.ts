import { load, type Peer } from "./peer.ts";

const QUEUE = "bench";
const WORKFLOW = "noop";
/** Both ends must name the same, or what one enqueues the other does not take. */
const APPLICATION = { name: "bench", applicationVersion: "1" };
const BEST = { workerConcurrency: 100, minPollingIntervalMs: 20 };
const CONNECTIONS = 20;

interface Client {
  enqueue(options: object, id: string): Promise<unknown>;
  destroy(): Promise<void>;
}
interface Dbos {
  readonly DBOS: {
    setConfig(config: object): void;
    registerWorkflow(work: (id: string) => Promise<void>, options: { name: string }): unknown;
    registerQueue(name: string, options: object): Promise<unknown>;
    launch(): Promise<void>;
    shutdown(): Promise<void>;
  };
  readonly DBOSClient: { create(options: object): Promise<Client> };
}

/** DBOS: each job is a durable workflow. One process has one DBOS, which is launched and shut down. */
export async function openDbos(systemDatabaseUrl: string, onBegin: (id: string) => void): Promise<Peer> {
  const { DBOS, DBOSClient } = load("@dbos-inc/dbos-sdk") as Dbos;
  DBOS.setConfig({ ...APPLICATION, systemDatabaseUrl, systemDatabasePoolSize: CONNECTIONS, logLevel: "error" });
  DBOS.registerWorkflow(async (id) => onBegin(id), { name: WORKFLOW });
  await DBOS.launch();
  await DBOS.registerQueue(QUEUE, BEST);
  await DBOS.shutdown();
  const client = await DBOSClient.create({ systemDatabaseUrl });
  const to = { workflowName: WORKFLOW, queueName: QUEUE, appVersion: APPLICATION.applicationVersion };
  return {
    left: "select 1 from dbos.workflow_status where status in ('ENQUEUED', 'PENDING') limit 1",
    add: (ids) => Promise.all(ids.map((id) => client.enqueue(to, id))),
    async work() {
      await DBOS.launch();
      return () => DBOS.shutdown();
    },
    close: () => client.destroy(),
  };
}
