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
import { configOf } from "./providers/zcompute/entry.ts";
import { createZCompute } from "./providers/zcompute/index.ts";
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

function openCloud(config: CloudConfig): Cloud {
  const { provider, requestsAtOnce, timeoutSeconds } = config;
  const limits = { maxInFlight: requestsAtOnce, timeoutMs: timeoutSeconds && timeoutSeconds * 1000 };
  switch (config.kind) {
    case "keystone": {
      const { regions, url, roles, ca, ...login } = config;
      const named = regions.map((name) => ({ ...login, authUrl: url, name }));
      return createOpenStack({ name: provider, regions: named, roles, ca, ...limits });
    }
    case "zcompute":
      return createZCompute(configOf(config, limits));
  }
}
