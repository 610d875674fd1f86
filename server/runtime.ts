// What a worker process needs besides the engine: its configuration resolved into connections and providers.

import type { Services } from "steward/engine/step";
import type { CloudConfig } from "./clouds-file.ts";
import type { Config, DriveConfig } from "./config.ts";
import { loadConfigOrExit } from "./config.ts";
import "./task-services.ts";
import type { Cloud } from "./providers/cloud.ts";
import { createClouds } from "./providers/clouds.ts";
import type { Drive } from "./providers/drive.ts";
import { createNextcloud } from "./providers/nextcloud/index.ts";
import { createOpenStack } from "./providers/openstack/index.ts";
import { createScim } from "./providers/scim/index.ts";
import { open, seal } from "./secrets.ts";
import { type Services as Connections, resolveServices } from "./services.ts";

export interface WorkerRuntime {
  readonly config: Config;
  readonly connections: Connections;
  readonly services: Services;
}

/** Reads the configuration (a bad one ends the process with one line) and starts or attaches what is embedded. */
export async function startWorkerRuntime(): Promise<WorkerRuntime> {
  const config = loadConfigOrExit();
  const connections = await resolveServices(config);
  return { config, connections, services: createServices(config, connections) };
}

function createServices(config: Config, { drive, clouds, encryptionKey }: Connections): Services {
  return {
    drive: createDrive(config, drive),
    clouds: createClouds(clouds.map(openCloud)),
    assistantModel: config.assistantModel,
    remakesWhatIsGone: config.remakesWhatIsGone,
    seal: (plaintext, context) => seal(encryptionKey, plaintext, context),
    open: (sealed, context) => open(encryptionKey, sealed, context),
  };
}

function createDrive({ nextcloud }: Config, drive: DriveConfig): Drive {
  return drive.kind === "scim" ? createScim(drive) : createNextcloud({ ...drive, ...nextcloud });
}

/** By kind: its adapter. */
const ADAPTERS: {
  readonly [Kind in CloudConfig["kind"]]: (config: Extract<CloudConfig, { kind: Kind }>, limits: Limits) => Cloud;
} = {
  keystone: ({ provider, regions, url, roles, ca, ...login }, limits) =>
    createOpenStack({
      name: provider,
      regions: regions.map((name) => ({ ...login, authUrl: url, name })),
      roles,
      ca,
      ...limits,
    }),
};

interface Limits {
  readonly maxInFlight: number | undefined;
  readonly timeoutMs: number | undefined;
}

function openCloud(config: CloudConfig): Cloud {
  const { requestsAtOnce, timeoutSeconds } = config;
  return ADAPTERS[config.kind](config, {
    maxInFlight: requestsAtOnce,
    timeoutMs: timeoutSeconds && timeoutSeconds * 1000,
  });
}
