// The services of the embedded process: each is started when the first client asks for it, all are stopped together.
import { join } from "node:path";
import { log } from "../log.ts";
import { logFile } from "./logs.ts";
import { choosePort } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import { readState, type ServiceInfos, writeState } from "./protocol.ts";

export interface Running {
  /** Connection data, as clients get it. */
  readonly info: unknown;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts one service, whose files lie in the data folder, on that port. A service is asked for as `name` or as `name@whose`; each of
 * these is one of its own, with files of its own, which its full name (`files`) tells apart.
 */
export type Starter = (at: {
  readonly dataDir: string;
  readonly files: string;
  readonly port: number;
}) => Promise<Running>;

export interface Services {
  /** Starts what does not run yet; resolves when all of `names` do. */
  ensure(names: readonly string[], postgresSettings: Readonly<Record<string, string>>): Promise<ServiceInfos>;
  /** Stops everything, including what is only starting. */
  close(): Promise<void>;
}

/** `starters` are those of the application. `onLost` is called when Postgres ended and cannot be brought back. */
export function createServices(
  dataDir: string,
  starters: Readonly<Record<string, Starter>>,
  onLost: (error: unknown) => void,
): Services {
  const running = new Map<string, Promise<Running>>();

  async function start(name: string, settings: Readonly<Record<string, string>>): Promise<Running> {
    const began = performance.now();
    const preferred = readState(dataDir).ports[name];
    const service = name === "postgres" ? await postgres(preferred, settings) : await other(name, preferred);
    const state = readState(dataDir);
    writeState(dataDir, { ...state, ports: { ...state.ports, [name]: service.port } });
    log.info({ service: name, port: service.port, ms: Math.round(performance.now() - began) }, "service started");
    return service;
  }

  async function postgres(port: number | undefined, settings: Readonly<Record<string, string>>): Promise<Running> {
    const server = await startPostgres({ dataDir, logFile: logFile(dataDir, "postgres.log"), port, settings, onLost });
    return { info: { databaseUrl: server.databaseUrl }, port: server.port, close: server.close };
  }

  async function other(name: string, preferred: number | undefined): Promise<Running> {
    const starter = starters[name.split("@", 1)[0] ?? ""];
    if (!starter) throw new Error(`there is no embedded service ${name}`);
    return starter({ dataDir, files: join(dataDir, name), port: await choosePort(preferred) });
  }

  function ensureOne(name: string, settings: Readonly<Record<string, string>>): Promise<Running> {
    const present = running.get(name);
    if (present) return present;
    const starting = start(name, settings);
    running.set(name, starting);
    // A start that failed may be tried again by the next client.
    starting.catch(() => running.delete(name));
    return starting;
  }

  return {
    async ensure(names, postgresSettings) {
      const entries = await Promise.all(
        names.map(async (name) => [name, (await ensureOne(name, postgresSettings)).info] as const),
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
