// One connection to the embedded services' process: asked for services, it answers with their connection data.
import { connect, type Socket } from "node:net";
import { EngineError } from "../errors/index.ts";
import { onLines } from "./lines.ts";
import { type ClientMessage, readState, type ServiceInfos, serverMessage } from "./protocol.ts";

const WELCOME_MS = 5_000;

export interface Wish {
  readonly services: readonly string[];
  /** For the process that is started if there is none: a module that exports `starters` of further services. */
  readonly starters: string | undefined;
  readonly postgresSettings: Readonly<Record<string, string>>;
}

export interface Connection {
  readonly socket: Socket;
  readonly services: ServiceInfos;
}

/** Connects to the process that serves `dataDir`. Undefined when none does (any more); ST802 when a service does not start. */
export function tryConnect(dataDir: string, wish: Wish): Promise<Connection | undefined> {
  const { control } = readState(dataDir);
  if (!control) return Promise.resolve(undefined);

  return new Promise((resolve, reject) => {
    const socket = connect({ port: control.port, host: "127.0.0.1", noDelay: true, keepAlive: true });
    const impatience = setTimeout(() => socket.destroy(), WELCOME_MS);
    // close follows an error.
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
        reject(new EngineError("ST802", { sentence: message.failure }));
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
