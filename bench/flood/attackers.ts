// Those who flood the server, in a process of their own, at the lowest priority: the time that they take from the machine is not
// the server's fault. Told to stop, it says how often it was answered with which status.
import { once } from "node:events";
import { setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import WebSocket from "ws";
import { everything, rootFields } from "../../tests/helpers/documents.ts";
import { written, wrongRequest } from "../../tests/helpers/fuzz.ts";
import { exchange } from "../../tests/helpers/raw.ts";

const { FLOOD_URL: url = "", FLOOD_TOKENS = "" } = process.env;
const tokens = FLOOD_TOKENS.split(" ");
setPriority(19);
const answers: Record<string, number> = {};
let isOver = false;

const wrong = fc.sample(wrongRequest(), 500).map(written);
const heavy = rootFields("query")
  .filter(({ args }) => args.every(({ type }) => !String(type).endsWith("!")))
  .map(({ name, type }) => `${name} ${everything(type, 3)}`);

function count(status: number | string): void {
  answers[status] = (answers[status] ?? 0) + 1;
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T;
}

async function repeat(attack: () => Promise<void>): Promise<void> {
  while (!isOver)
    await attack().catch((error: Error) => count((error.cause as Error | undefined)?.message ?? error.message));
}

async function post(body: string): Promise<void> {
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${pick(tokens)}` },
    body,
  });
  await answer.arrayBuffer();
  count(answer.status);
  if (answer.status === 429) await sleep(50);
}

/** Always another document: none is in a cache. */
const heavyDocument = () =>
  JSON.stringify({ query: `query q${Math.random().toString(36).slice(2)} { ${pick(heavy)} }` });

async function subscribe(): Promise<void> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  await once(socket, "open");
  socket.on("error", () => undefined);
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${pick(tokens)}` } }));
  for (let id = 0; id < 300 && socket.readyState === WebSocket.OPEN; id++) {
    socket.send(JSON.stringify({ id: String(id), type: "subscribe", payload: JSON.parse(pick(wrong)) as unknown }));
    await sleep(5);
  }
  socket.terminate();
  count("websocket");
}

async function bytes(): Promise<void> {
  const noise = fc.sample(fc.string({ unit: "binary", maxLength: 4_000 }), 1)[0] ?? "";
  const answer = await exchange(
    url,
    pick([
      noise,
      `POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: 9999999\r\n\r\n${noise}`,
      `GET /${noise} HTTP/1.1\r\n\r\n`,
    ]),
    500,
  );
  count(answer?.status ?? "closed");
}

const loops = [
  ...Array.from({ length: 20 }, () => repeat(() => post(heavyDocument()))),
  ...Array.from({ length: 20 }, () => repeat(() => post(pick(wrong)))),
  ...Array.from({ length: 6 }, () => repeat(subscribe)),
  ...Array.from({ length: 6 }, () => repeat(bytes)),
];
process.send?.("begun");
await once(process, "message");
isOver = true;
await Promise.race([Promise.all(loops), sleep(10_000)]);
process.send?.(answers, undefined, undefined, () => process.exit());
