// A network cable between a worker and its Postgres: plugged, or cut so that neither side hears of it.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Cable {
  /** The URL given, through the cable. */
  readonly url: string;
  /** From now on nothing passes, and no connection is closed either. */
  cut(): void;
  /** Everything passes again; what was held back never arrives: those connections stay dead. */
  mend(): void;
  close(): Promise<void>;
}

/** Lays one to the Postgres of a URL. */
export async function layCable(url: string): Promise<Cable> {
  const { hostname: host, port } = new URL(url);
  const sockets = new Set<Socket>();
  let generation = 0;
  let isCut = false;

  const server = createServer({ allowHalfOpen: true }, (near) => {
    const mine = generation;
    const passes = () => !isCut && mine === generation;
    keep(near);
    // Who connects while it is cut waits for an answer that never comes.
    if (isCut) return void near.on("end", () => near.destroy()).resume();
    const far = connect({ port: Number(port), host, allowHalfOpen: true });
    keep(far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (chunk) => void (passes() && to.write(chunk)));
      from.on("end", () => (passes() ? to.end() : from.destroy()));
      from.on("close", () => void (passes() && to.destroy()));
    }
  });

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.href,
    cut() {
      isCut = true;
    },
    mend() {
      generation++;
      isCut = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
