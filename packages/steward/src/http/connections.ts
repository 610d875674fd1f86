// Bounds the connections that wait: those that have shown no valid token yet, still send a request, or idle. When there are too many,
// the one that has waited longest goes, so that whoever comes with a request always gets in.
import type { Socket } from "node:net";
import { networkOf } from "./address.ts";
import { MOST_WAITING, MOST_WAITING_OF_NETWORK } from "./limits.ts";

export interface Connections {
  /** A new connection; it waits. */
  add(socket: Socket): void;
  /** It has shown a valid token, and all of a request; as long as that takes, it stays. */
  busy(socket: Socket): void;
  /** It waits again. */
  waits(socket: Socket): void;
  /** Ends all that wait. */
  end(): void;
}

/** `byNetwork`: bounds those of one network too, unless all come through a proxy. */
export function createConnections({ byNetwork }: { byNetwork: boolean }): Connections {
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
      if (byNetwork) networkOfSocket.set(socket, networkOf(socket.remoteAddress ?? ""));
      socket.once("close", () => remove(socket));
      waits(socket);
    },
    busy: remove,
    waits,
    end() {
      for (const socket of waiting) socket.destroy();
    },
  };
}
