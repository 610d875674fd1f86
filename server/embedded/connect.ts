// One connection to the embedded services' process: asked for services, it answers with their connection data.
import { connect, type Socket } from "node:net";
import { StewardError } from "../errors.ts";
import { onLines } from "./lines.ts";
import { type ClientMessage, type EmbeddedServices, readState, type ServiceName, serverMessage } from "./protocol.ts";

const WELCOME_MS = 5_000;

export interface Wish {
  readonly services: readonly ServiceName[];
  readonly postgresSettings: Readonly<Record<string, string>>;
}

export interface Connection {
  readonly socket: Socket;
  readonly services: Partial<EmbeddedServices>;
}

/** Connects to the process that serves `dataDir`. Undefined when none does (any more); ST802 when a service does not start. */
export function tryConnect(dataDir: string, wish: Wish): Promise<Connection | undefined> {
  const { control } = readState(dataDir);
  if (!control) return Promise.resolve(undefined);

  return new Promise((resolve, reject) => {
    const socket = connect({ port: control.port, host: "127.0.0.1", noDelay: true, keepAlive: true });
    const impatience = setTimeout(() => socket.destroy(), WELCOME_MS);
    // What follows an error is close.
    socket.on("error", () => undefined);
    socket.once("close", () => {
      clearTimeout(impatience);
      resolve(undefined);
    });
    socket.once("connect", () =>
      send(socket, {
        token: control.token,
        services: [...wish.services],
        postgresSettings: { ...wish.postgresSettings },
      }),
    );
    onLines(socket, (line) => {
      const message = parse(line);
      if (!message) return socket.destroy();
      clearTimeout(impatience);
      if ("services" in message) resolve({ socket, services: message.services });
      if ("failure" in message) {
        reject(new StewardError("ST802", { sentence: message.failure }));
        socket.destroy();
      }
    });
  });
}

export function send(socket: Socket, message: ClientMessage): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

function parse(line: string) {
  try {
    return serverMessage.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
