// HTTP as bytes on a socket, for what no client would send.
import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A connection to the server at this URL. Errors are no errors: the server may close at any time. */
export function dial(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname).on("error", () => undefined);
}

/** Sends the bytes and resolves to the first answer; undefined when the server closes without one, or says nothing for `patienceMs`. */
export async function exchange(
  url: string,
  bytes: string | Buffer,
  patienceMs = 2_000,
): Promise<RawAnswer | undefined> {
  const socket = dial(url);
  try {
    socket.write(bytes);
    return await readAnswer(socket, patienceMs);
  } finally {
    socket.destroy();
  }
}

/** The next answer on this connection. */
export function readAnswer(socket: Socket, patienceMs = 2_000): Promise<RawAnswer | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const end = (answer: RawAnswer | undefined) => {
      clearTimeout(patience);
      socket.off("data", read);
      resolve(answer);
    };
    const read = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const answer = parse(text);
      if (answer) end(answer);
    };
    const patience = setTimeout(() => end(undefined), patienceMs);
    socket.on("data", read);
    socket.once("close", () => end(parse(text)));
  });
}

/** An answer with a length; all of ours have one. */
function parse(text: string): RawAnswer | undefined {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  if (rest.length === 0) return undefined;
  const [first = "", ...lines] = head.split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
  if (status === 100) return parse(rest.join("\r\n\r\n"));
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const body = rest.join("\r\n\r\n");
  const length = Number(headers.get("content-length") ?? 0);
  return body.length >= length ? { status, headers, body: body.slice(0, length) } : undefined;
}
