// npm run bench -- flood [SECONDS]: what twenty users who poll their run feel while three others flood a server in production from
// another address: heavy documents, wrong ones over the whole schema, subscriptions, broken bytes. Says the users' times, the
// answers by status, and the server's memory before, at most, and afterwards.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { SECRET, token } from "../tests/helpers/api.ts";
import { castOf } from "../tests/helpers/cast.ts";
import { startServer } from "../tests/helpers/server.ts";
import { at } from "./helpers/percentiles.ts";

const SECONDS = Number(process.argv[2] ?? 60);
const USERS = 20;
const REST_SECONDS = 120;
const DOCUMENT = "{ runs(first: 1) { nodes { id status progress { done total } } } }";

const server = await startServer(SECRET, { LOG_LEVEL: "info" });
const { ada, bob } = await castOf(server.database.pool);
const { rows } = await server.database.pool.query<{ id: string }>(
  "insert into app_public.users (username) select 'polls' || n from generate_series(1, $1) n returning id",
  [USERS],
);
const tokenOf = (role: string, id?: string) => token(role, id, { seconds: SECONDS + 600 });
const users = await Promise.all(rows.map(({ id }) => tokenOf("user", id)));
// The limits are those of an address; these are another's.
const agent = new Agent({ keepAlive: true, localAddress: "127.0.0.2" });

const memory: number[] = [];
const sampled = setInterval(() => memory.push(residentMb()), 500);
await phase("warm-up", 10);
await phase("before", 10);
const before = residentMb();
const attackers = fork(new URL("./flood/attackers.ts", import.meta.url), [], {
  env: {
    ...process.env,
    FLOOD_URL: server.url,
    FLOOD_TOKENS: [await tokenOf("user", ada.id), await tokenOf("user", bob.id), await tokenOf("admin")].join(" "),
  },
});
await once(attackers, "message");
await phase("during", SECONDS);
attackers.send("stop");
const [answers] = (await once(attackers, "message")) as [Record<string, number>];
console.log(`attackers were answered: ${JSON.stringify(answers)}`);
await phase("after", 20);
await sleep(REST_SECONDS * 1_000);
clearInterval(sampled);
console.log(
  `memory: ${before} MB before, ${Math.max(...memory)} at most, ${residentMb()} after ${REST_SECONDS} s of rest`,
);
const lines = server.log().split("\n").slice(1, -1);
console.log(
  `log: ${lines.length} lines, ${lines.filter((line) => /"level":"(error|fatal)"/.test(line)).length} of errors`,
);
await server.close();

async function phase(name: string, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  const times: number[] = [];
  const statuses: Record<string, number> = {};
  await Promise.all(
    users.map(async (bearer, n) => {
      await sleep(n * 25);
      while (performance.now() < end) {
        const began = performance.now();
        const status = await poll(bearer);
        times.push(performance.now() - began);
        statuses[status] = (statuses[status] ?? 0) + 1;
        await sleep(500);
      }
    }),
  );
  const [p50, p95, p99, most] = [0.5, 0.95, 0.99, 1].map((share) => at(times, share).toFixed(0));
  console.log(`${name}: p50 ${p50}, p95 ${p95}, p99 ${p99}, at most ${most} ms; answers ${JSON.stringify(statuses)}`);
}

function poll(bearer: string): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${bearer}` };
    const sent = request(`${server.url}/graphql`, { method: "POST", agent, headers }, (answer) => {
      answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
    });
    sent.once("error", (error) => resolve(error.message)).end(JSON.stringify({ query: DOCUMENT }));
  });
}

/** Linux only. */
function residentMb(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
