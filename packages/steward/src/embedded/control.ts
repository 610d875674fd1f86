// The embedded process' control port: who is connected uses the services; when nobody is any more, it says so.
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { StewardError } from "../errors/index.ts";
import { log } from "../log.ts";
import { onLines } from "./lines.ts";
import { type ClientMessage, clientMessage, type ServerMessage } from "./protocol.ts";
import type { Services } from "./services.ts";

// A supervisor may be about to start a killed client again.
const LINGER_MS = 500;
const FIRST_CLIENT_MS = 10_000;
const HELLO_MS = 5_000;

export interface Control {
  readonly address: { readonly port: number; readonly token: string };
  /** Takes no more connections; those that are open stay so until the process ends. */
  refuse(): void;
}

/** Opens the port. `onUnused` is called when the last client is gone: at once if it said goodbye, else after half a second. */
export async function openControl(services: Services, onUnused: () => void): Promise<Control> {
  const token = randomBytes(24).toString("base64url");
  const clients = new Set<Socket>();
  const strangers = new Set<Socket>();
  let timer = setTimeout(onUnused, FIRST_CLIENT_MS);

  const onRelease = (socket: Socket) => {
    const wasClient = clients.delete(socket);
    if (!wasClient || clients.size > 0) return socket.end();
    // This connection stays open until the process ends: the last one waits for that.
    onUnused();
  };

  const onClose = (socket: Socket) => {
    strangers.delete(socket);
    if (clients.delete(socket) && clients.size === 0) timer = setTimeout(onUnused, LINGER_MS);
  };

  const onMessage = async (socket: Socket, message: ClientMessage) => {
    if ("release" in message) return onRelease(socket);
    if (!sameText(message.token, token)) return socket.destroy();
    clearTimeout(timer);
    strangers.delete(socket);
    clients.add(socket);
    send(socket, { welcome: true });
    send(socket, await answer(services, message));
  };

  const server = createServer((socket) => {
    strangers.add(socket);
    const impatience = setTimeout(() => strangers.has(socket) && socket.destroy(), HELLO_MS);
    socket.setKeepAlive(true).setNoDelay(true);
    // close follows an error.
    socket.on("error", () => undefined);
    socket.once("close", () => {
      clearTimeout(impatience);
      onClose(socket);
    });
    onLines(socket, (line) => {
      const message = parse(line);
      if (message) void onMessage(socket, message);
      else socket.destroy();
    });
  });

  const port = await listen(server);
  const refuse = () => {
    clearTimeout(timer);
    server.close();
    for (const socket of strangers) socket.destroy();
  };
  return { address: { port, token }, refuse };
}

async function answer(services: Services, hello: Exclude<ClientMessage, { release: true }>): Promise<ServerMessage> {
  try {
    return { services: await services.ensure(hello.services, hello.postgresSettings) };
  } catch (err) {
    log.error({ err }, "a service did not start");
    return {
      failure: err instanceof StewardError ? err.message : `The embedded services did not start: ${String(err)}`,
    };
  }
}

function parse(line: string): ClientMessage | undefined {
  try {
    return clientMessage.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function send(socket: Socket, message: ServerMessage): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address && typeof address === "object") resolve(address.port);
    });
  });
}
