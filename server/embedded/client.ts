// How a process uses the embedded services: it starts them if nobody has, and keeps them for as long as it lives.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { StewardError } from "../errors.ts";
import { log } from "../log.ts";
import { type Connection, send, tryConnect, type Wish } from "./connect.ts";
import { type Launched, launchUnlessClaimed } from "./launch.ts";
import { type EmbeddedServices, SERVICES, type ServiceName } from "./protocol.ts";

const START_PATIENCE_MS = 60_000;
const REATTACH_PAUSE_MS = 1_000;

export interface AttachOptions<S extends ServiceName> {
  /** Which services are needed; all if not said. */
  readonly services?: readonly S[];
  /** Postgres settings on top of ours (`{ fsync: "off" }` in tests); they count only for the process that starts it. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
}

export interface Attached<S extends ServiceName> {
  readonly services: Pick<EmbeddedServices, S>;
  /** Gives the services up. The last to do so waits until they are really down. */
  release(): Promise<void>;
}

/**
 * Attaches to the embedded services of `dataDir`, starting them if they do not run. They stop by themselves when no
 * process is attached any more, however it ended. If their process is killed it is started again in the background, with
 * the same ports and credentials. Being attached does not keep this process alive. ST802 when they do not start.
 */
export async function attachEmbedded<S extends ServiceName = ServiceName>(
  dataDir: string,
  options: AttachOptions<S> = {},
): Promise<Attached<S>> {
  const wish: Wish = { services: options.services ?? SERVICES, postgresSettings: options.postgresSettings ?? {} };
  let connection = await connectOrStart(dataDir, wish);
  let released: Promise<void> | undefined;
  let settled = Promise.resolve();

  const hold = () => {
    connection.socket.unref();
    connection.socket.once("close", () => {
      if (!released) settled = reattach();
    });
  };

  const reattach = async () => {
    log.warn({ dataDir }, "the embedded services are gone; starting them again");
    while (!released) {
      try {
        const before = connection.services;
        connection = await connectOrStart(dataDir, wish);
        hold();
        if (isDeepStrictEqual(before, connection.services)) log.info("the embedded services are back");
        else log.error("the embedded services are back, but at another port: this process must be started again");
        return;
      } catch (err) {
        log.error({ err }, "the embedded services do not start; trying again");
        await sleep(REATTACH_PAUSE_MS, undefined, { ref: false });
      }
    }
  };

  const letGo = async () => {
    await settled;
    const { socket } = connection;
    if (socket.destroyed) return;
    socket.ref();
    send(socket, { release: true });
    await once(socket, "close");
  };

  hold();
  return {
    services: complete(connection.services, wish.services as readonly S[]),
    release: () => {
      released ??= letGo();
      return released;
    },
  };
}

async function connectOrStart(dataDir: string, wish: Wish): Promise<Connection> {
  const deadline = Date.now() + START_PATIENCE_MS;
  let launched: Launched = {};
  for (;;) {
    const connection = await tryConnect(dataDir, wish);
    if (connection) return connection;
    if (launched.failure) throw launched.failure;
    if (Date.now() > deadline) throw new StewardError("ST802");
    launched = launchUnlessClaimed(dataDir) ?? launched;
    await sleep(30);
  }
}

function complete<S extends ServiceName>(
  services: Partial<EmbeddedServices>,
  names: readonly S[],
): Pick<EmbeddedServices, S> {
  for (const name of names) if (!services[name]) throw new StewardError("ST802");
  return services as Pick<EmbeddedServices, S>;
}
