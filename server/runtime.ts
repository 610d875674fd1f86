// What a worker process needs besides the engine: its configuration resolved into connections and providers.

import type { Config } from "./config.ts";
import { loadConfigOrExit } from "./config.ts";
import { isBehindPooler } from "./engine/pooler.ts";
import type { Services } from "./engine/step.ts";
import { createNextcloud } from "./providers/nextcloud/index.ts";
import { createOpenStack } from "./providers/openstack/index.ts";
import { open, seal } from "./secrets.ts";
import { type Services as Connections, resolveServices } from "./services.ts";
import { withSettings } from "./session-settings.ts";

/** How the database is reached. While it is away this cannot be told, and is guessed. */
export interface Access {
  /** The database is behind a transaction pooler. */
  readonly isPooled: boolean;
  /** For graphile-worker's own command, which opens its connections itself. */
  readonly queueUrl: string;
}

export interface WorkerRuntime extends Access {
  readonly config: Config;
  readonly connections: Connections;
  readonly services: Services;
}

/** Reads the configuration (a bad one ends the process with one line) and starts or attaches what is embedded. */
export async function startWorkerRuntime(): Promise<WorkerRuntime> {
  const config = loadConfigOrExit();
  const connections = await resolveServices(config);
  return {
    config,
    connections,
    services: createServices(config, connections),
    ...(await findAccess(connections.database.url)),
  };
}

/** Looks how the database is reached. */
export async function findAccess(databaseUrl: string): Promise<Access> {
  return { isPooled: await isBehindPooler(databaseUrl), queueUrl: await withSettings(databaseUrl) };
}

function createServices(config: Config, { drive, cloud, encryptionKey }: Connections): Services {
  return {
    drive: createNextcloud(drive),
    cloud: createOpenStack({ regions: [{ ...cloud, name: cloud.regionName }] }),
    assistantModel: config.assistantModel,
    seal: (plaintext, context) => seal(encryptionKey, plaintext, context),
    open: (sealed, context) => open(encryptionKey, sealed, context),
  };
}
