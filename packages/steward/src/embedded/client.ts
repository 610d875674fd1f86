// How a process uses the embedded services: it starts them if nobody has, and keeps them for as long as it lives.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { EngineError } from "../errors/index.ts";
import { log } from "../log.ts";
import { type Connection, send, tryConnect, type Wish } from "./connect.ts";
import { type Launched, launchUnlessClaimed } from "./launch.ts";
import type { PostgresInfo, ServiceInfos } from "./protocol.ts";

const START_PATIENCE_MS = 60_000;
const REATTACH_PAUSE_MS = 1_000;

export interface AttachOptions {
  /** Which services are needed; Postgres if not said. */
  readonly services?: readonly string[];
  /** A module that exports `starters` of further services, for the process that runs them: its path. */
  readonly starters?: string;
  /** Postgres settings on top of ours (`{ fsync: "off" }` in tests); they count only for the process that starts it. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
}

export interface Attached<Infos extends ServiceInfos> {
  readonly services: Infos;
  /** Gives the services up. The last to do so waits until they are really down. */
  release(): Promise<void>;
}

/**
 * Attaches to the embedded services of `dataDir`, starting them if they do not run. They stop by themselves when no
 * process is attached any more, however it ended. If their process is killed it is started again in the background, with
 * the same ports and credentials. Being attached does not keep this process alive. ST802 when they do not start.
 */
export async function attachEmbedded<Infos extends ServiceInfos = { readonly postgres: PostgresInfo }>(
  dataDir: string,
  { services = ["postgres"], starters, postgresSettings = {} }: AttachOptions = {},
): Promise<Attached<Infos>> {
  const wish: Wish = { services, starters, postgresSettings };
  let connection = await connectOrStart(dataDir, wish);
  for (const name of services) if (!connection.services[name]) throw new EngineError("ST802");
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
    services: connection.services as Infos,
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
    if (Date.now() > deadline) throw new EngineError("ST802");
    launched = launchUnlessClaimed(dataDir, wish.starters) ?? launched;
    await sleep(30);
  }
}
