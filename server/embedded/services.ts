// The services of the embedded process: each is started when the first client asks for it, all are stopped together.
import { join } from "node:path";
import { log } from "../log.ts";
import { logFile } from "./logs.ts";
import { choosePort } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import { type EmbeddedServices, readState, type ServiceName, writeState } from "./protocol.ts";

interface Running<S extends ServiceName> {
  readonly info: EmbeddedServices[S];
  readonly port: number;
  close(): Promise<void>;
}

type Starters = { readonly [S in ServiceName]: (port: number | undefined) => Promise<Running<S>> };

export interface Services {
  /** Starts what does not run yet; resolves when all of `names` do. */
  ensure(
    names: readonly ServiceName[],
    postgresSettings: Readonly<Record<string, string>>,
  ): Promise<Partial<EmbeddedServices>>;
  /** Stops everything, including what is only starting. */
  close(): Promise<void>;
}

/** `onLost` is called when a service ended and cannot be brought back. */
export function createServices(dataDir: string, onLost: (error: unknown) => void): Services {
  const running = new Map<ServiceName, Promise<Running<ServiceName>>>();

  async function start<S extends ServiceName>(name: S, starters: Starters): Promise<Running<S>> {
    const began = performance.now();
    const service = await starters[name](readState(dataDir).ports[name]);
    const state = readState(dataDir);
    writeState(dataDir, { ...state, ports: { ...state.ports, [name]: service.port } });
    log.info({ service: name, port: service.port, ms: Math.round(performance.now() - began) }, "service started");
    return service;
  }

  function ensureOne(name: ServiceName, starters: Starters): Promise<Running<ServiceName>> {
    const present = running.get(name);
    if (present) return present;
    const starting = start(name, starters);
    running.set(name, starting);
    // A start that failed may be tried again by the next client.
    starting.catch(() => running.delete(name));
    return starting;
  }

  return {
    async ensure(names, postgresSettings) {
      const starters = startersFor(dataDir, postgresSettings, onLost);
      const entries = await Promise.all(
        names.map(async (name) => [name, (await ensureOne(name, starters)).info] as const),
      );
      return Object.fromEntries(entries);
    },
    async close() {
      const all = [...running.values()].map((starting) => starting.then((service) => service.close()));
      for (const result of await Promise.allSettled(all)) {
        if (result.status === "rejected") log.warn({ err: result.reason }, "a service did not stop in order");
      }
    },
  };
}

function startersFor(
  dataDir: string,
  settings: Readonly<Record<string, string>>,
  onLost: (error: unknown) => void,
): Starters {
  return {
    async postgres(port) {
      const server = await startPostgres({
        dataDir,
        logFile: logFile(dataDir, "postgres.log"),
        port,
        settings,
        onLost,
      });
      return { info: { databaseUrl: server.databaseUrl }, port: server.port, close: server.close };
    },
    async drive(preferred) {
      const { startDrive } = await import("./drive/server.ts");
      const port = await choosePort(preferred);
      const { url, adminUser, adminPassword, close } = await startDrive({ dir: join(dataDir, "drive"), port });
      return { info: { url, adminUser, adminPassword }, port, close };
    },
    async cloud(preferred) {
      const { startCloud } = await import("./cloud/index.ts");
      const port = await choosePort(preferred);
      const { url, username, password, ...rest } = await startCloud({ dir: join(dataDir, "cloud"), port });
      const { projectName, userDomainName, projectDomainName, regionName, close } = rest;
      const info = { url, username, password, projectName, userDomainName, projectDomainName, regionName };
      return { info, port, close };
    },
  };
}
