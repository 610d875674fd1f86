// A pooler that knows two questions: which server process answers, and a transaction that holds it. It speaks Postgres' protocol.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface Pooler {
  readonly url: string;
  close(): void;
}

export interface PoolerOptions {
  /** Lends a server process for each transaction, the next free one in turn as where others are at work, or the last used; otherwise for the session. */
  readonly lends: "next" | "last" | "session";
  readonly servers: number;
}

export async function startPooler({ lends, servers }: PoolerOptions): Promise<Pooler> {
  const free = Array.from({ length: servers }, (_, index) => index + 1);
  const waiting: (() => void)[] = [];
  const take = async (): Promise<number> => {
    for (;;) {
      const server = free.shift();
      if (server !== undefined) return server;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  const giveBack = (server: number) => {
    if (lends === "next") free.push(server);
    else free.unshift(server);
    waiting.shift()?.();
  };

  const server = createServer((socket) => {
    let own: number | undefined;
    let queries = Promise.resolve();
    const answer = async (text: string) => {
      own ??= await take();
      if (text.includes("pg_backend_pid")) socket.write(row(own));
      socket.write(message("C", Buffer.from("OK\0")));
      const isHeld = lends === "session" || text === "begin" || (isInside && text !== "rollback");
      isInside = text === "begin" || (isInside && text !== "rollback");
      if (!isHeld) {
        giveBack(own);
        own = undefined;
      }
      socket.write(READY);
    };
    let isInside = false;
    const isGone = () => own !== undefined && giveBack(own);
    socket.on("error", () => undefined).on("close", isGone);
    read(socket, (text) => {
      queries = queries.then(() => answer(text));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `postgres://somebody@127.0.0.1:${port}/x?sslmode=disable`, close: () => void server.close() };
}

const READY = message("Z", Buffer.from("I"));

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

/** One row with one text. */
function row(value: number): Buffer {
  const description = Buffer.concat([Buffer.from([0, 1]), Buffer.from("pid\0"), Buffer.alloc(18)]);
  description.writeInt32BE(23, 12); // the type: integer
  const text = Buffer.from(String(value));
  const data = Buffer.concat([Buffer.from([0, 1, 0, 0, 0, text.length]), text]);
  return Buffer.concat([message("T", description), message("D", data)]);
}

/** Greets a client and tells its queries. */
function read(socket: Socket, onQuery: (text: string) => void): void {
  let rest = Buffer.alloc(0);
  let isGreeted = false;
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const head = isGreeted ? 1 : 0;
      if (rest.length < head + 4) return;
      const end = head + rest.readInt32BE(head);
      if (rest.length < end) return;
      const [type, body] = [String.fromCharCode(rest[0] ?? 0), rest.subarray(head + 4, end)];
      rest = rest.subarray(end);
      if (!isGreeted) {
        isGreeted = true;
        socket.write(Buffer.concat([message("R", Buffer.alloc(4)), message("K", Buffer.alloc(8, 9)), READY]));
      } else if (type === "Q") onQuery(body.subarray(0, -1).toString());
      else if (type === "X") socket.end();
    }
  });
}
