// npm run bench -- status-poll: requests per second of a status poll through GraphQL, beside a Fastify handler written by hand for the same
// JSON with the same token check and the same row-security transaction. Both run in processes of their own, in turns.
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { SignJWT } from "jose";
import { createDatabase } from "../tests/helpers/database.ts";
import { size, tell } from "./helpers/figures.ts";
import { at } from "./helpers/percentiles.ts";

const SECRET = "a secret of the measurement that is long enough";
const ROUNDS = size(10, 1);
const ROUND_MS = size(1_500, 200);
/** A server that was just started runs its code slowly, the more so the more code it is. */
const WARM_MS = size(20_000, 200);
const CONNECTIONS = 10;
const SERVERS = ["graphql", "by-hand"] as const;

const DOCUMENT = `query Status($id: UUID!) {
  run(id: $id) { id status progress { done total failed percent } steps { nodes { id name status attempts } } }
}`;

const database = await createDatabase();
const userId = randomUUID();
await database.pool.query("insert into app_public.users (id, username) values ($1, 'measured')", [userId]);
const { rows } = await database.pool.query<{ id: string }>("select id from steward.runs where owner_id = $1", [userId]);
const runId = rows[0]?.id ?? "";
const token = await new SignJWT({ role: "user" })
  .setProtectedHeader({ alg: "HS256" })
  .setSubject(userId)
  .setExpirationTime("1h")
  .sign(new TextEncoder().encode(SECRET));
const body = JSON.stringify({ query: DOCUMENT, variables: { id: runId } });

const children = new Map<string, { child: ChildProcess; url: URL }>();
for (const name of SERVERS) children.set(name, await start(name));
const answers = await Promise.all([...children.values()].map(({ url }) => ask(url, new Agent())));
if (new Set(answers).size !== 1) throw new Error(`the servers do not agree:\n${answers.join("\n")}`);

for (const { url } of children.values()) await load(url, WARM_MS);
const ratios: number[] = [];
const cpu = new Map<string, number>();
for (let round = 0; round < ROUNDS; round++) {
  const speeds: number[] = [];
  for (const [name, { child, url }] of children) {
    const before = cpuSeconds(child);
    const { requests, perSecond, p50, p95 } = await load(url);
    cpu.set(name, (cpu.get(name) ?? 0) + ((cpuSeconds(child) - before) / requests) * 1000);
    speeds.push(perSecond);
    console.log(
      `${name.padEnd(8)} ${perSecond.toFixed(0).padStart(6)} requests/s, p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`,
    );
  }
  ratios.push((speeds[0] ?? 0) / (speeds[1] ?? 1));
}
const effort = [...cpu].map(([name, total]) => `${name} ${(total / ROUNDS).toFixed(2)}`).join(", ");
await tell({
  figure: {
    what: "status poll by GraphQL",
    unit: "x the requests/s of a handler by hand",
    rounds: ratios,
    atLeast: 1,
    detail: `CPU time of the server's process a request, ms: ${effort}`,
  },
});
for (const { child } of children.values()) child.kill();
await database.close();

async function start(name: string): Promise<{ child: ChildProcess; url: URL }> {
  const child = fork(new URL(`./servers/${name}.ts`, import.meta.url), [], {
    env: {
      ...process.env,
      LOG_LEVEL: "warn",
      BENCH_OWNER_URL: database.ownerUrl,
      BENCH_API_URL: database.apiUrl,
      BENCH_SECRET: SECRET,
    },
  });
  const [url] = (await once(child, "message")) as [string];
  return { child, url: new URL("/graphql", url) };
}

async function load(
  url: URL,
  forMs = ROUND_MS,
): Promise<{ requests: number; perSecond: number; p50: number; p95: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times: number[] = [];
  const began = performance.now();
  const client = async () => {
    while (performance.now() - began < forMs) {
      const sent = performance.now();
      await ask(url, agent);
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  agent.destroy();
  const perSecond = times.length / ((performance.now() - began) / 1000);
  return { requests: times.length, perSecond, p50: at(times, 0.5), p95: at(times, 0.95) };
}

/** What the process has used so far; Linux only. On a machine that does other things too it says more than requests per second. */
function cpuSeconds({ pid }: ChildProcess): number {
  if (process.platform !== "linux") return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function ask(url: URL, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      authorization: `Bearer ${token}`,
    };
    const sent = request(url, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (text += part));
      response.on("end", () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
