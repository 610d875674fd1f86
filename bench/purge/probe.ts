// A child process that works like other users while something is measured: inserts and reads labels, and notes how long each takes.
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { at } from "../helpers/percentiles.ts";

const CLIENTS = 4;
const THINK_MS = 4;
const url = process.argv[2];
let taken: number[] = [];
let isStopped = false;

const clients = Array.from({ length: CLIENTS }, work);

// "report" answers with the p99 since the last report, in ms.
process.on("message", (message) => {
  if (message === "report") process.send?.(report());
  if (message === "stop") isStopped = true;
});
await Promise.all(clients);
process.disconnect();

async function work(): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  while (!isStopped) {
    const user = `00000000-0000-4000-8000-${String(1 + Math.floor(Math.random() * 999)).padStart(12, "0")}`;
    const key = `key_${Math.floor(Math.random() * 20)}`;
    await timed(client, "insert into labels (user_id, label_key, label_value) values ($1, $2, 'probe')", [user, key]);
    await timed(client, "select * from labels where user_id = $1 and label_key = $2 limit 20", [user, key]);
    await delay(THINK_MS);
  }
  await client.end();
}

async function timed(client: pg.Client, text: string, values: string[]): Promise<void> {
  const begun = performance.now();
  await client.query({ name: text.slice(0, 6), text, values });
  taken.push(performance.now() - begun);
}

function report(): number {
  const p99 = at(taken, 0.99);
  taken = [];
  return p99;
}
