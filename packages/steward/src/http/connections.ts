// Bounds how often clients connect, and the connections that wait: those that have shown no valid token yet, still send a request, or
// idle. When there are too many, the one that has waited longest goes, so that whoever comes with a request gets in.
import type { Socket } from "node:net";
import { networkOf } from "./address.ts";
import { COST_OF_ABUSE, MOST_WAITING, MOST_WAITING_OF_NETWORK } from "./limits.ts";
import { createRateLimiter } from "./rate-limit.ts";

export interface Connections {
  /** A new connection; it waits. */
  add(socket: Socket): void;
  /** It has shown a valid token, and all of a request; as long as that takes, it stays. */
  busy(socket: Socket): void;
  /** It waits again. */
  waits(socket: Socket): void;
  /** Ends it; its network may connect less often for a while. */
  punish(socket: Socket): void;
  /** Ends all that wait. */
  end(): void;
}

export interface ConnectionsOptions {
  /** Bounds those of one network too; not when all come through a proxy. */
  readonly byNetwork: boolean;
  /** Connections that one network may open, for long. */
  readonly perSecond: number;
}

export function createConnections({ byNetwork, perSecond }: ConnectionsOptions): Connections {
  const opened = createRateLimiter(perSecond);
  const waiting = new Set<Socket>();
  const networks = new Map<string, Set<Socket>>();
  const networkOfSocket = new WeakMap<Socket, string>();

  const remove = (socket: Socket) => {
    waiting.delete(socket);
    const network = networkOfSocket.get(socket);
    if (network === undefined) return;
    const others = networks.get(network);
    others?.delete(socket);
    if (others?.size === 0) networks.delete(network);
  };
  const drop = (sockets: ReadonlySet<Socket>) => {
    const [longest] = sockets;
    if (!longest) return;
    remove(longest);
    longest.destroy();
  };
  const waits = (socket: Socket) => {
    if (socket.destroyed) return;
    remove(socket);
    waiting.add(socket);
    if (waiting.size > MOST_WAITING) drop(waiting);
    const network = networkOfSocket.get(socket);
    if (network === undefined) return;
    const others = networks.get(network) ?? new Set();
    networks.set(network, others.add(socket));
    if (others.size > MOST_WAITING_OF_NETWORK) drop(others);
  };

  return {
    add(socket) {
      const network = networkOf(socket.remoteAddress ?? "");
      if (byNetwork) {
        if (!opened.has(network)) return void socket.destroy();
        opened.spend(network, 1);
        networkOfSocket.set(socket, network);
      }
      socket.once("close", () => remove(socket));
      waits(socket);
    },
    punish(socket) {
      const network = networkOfSocket.get(socket);
      if (network !== undefined) opened.spend(network, COST_OF_ABUSE);
      socket.destroy();
    },
    busy: remove,
    waits,
    end() {
      for (const socket of waiting) socket.destroy();
    },
  };
}
