// npm run bench -- live-status: how long a change takes to reach its subscriber, with 1,000 and 5,000 subscribers on a run each and 200
// changes a second, told of as workers tell. In the middle the listening connection is killed; at the end all must have the final state.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "graphql-ws";
import { SignJWT } from "jose";
import pg from "pg";
import { createChangeNotifier } from "steward/engine/notify";
import { log } from "steward/log";
import WebSocket from "ws";
import { createDatabase, type TestDatabase, waitFor } from "../tests/helpers/database.ts";
import { size, tell } from "./helpers/figures.ts";
import { at, percentiles } from "./helpers/percentiles.ts";

const SECRET = "a secret of the measurement that is long enough";
/** So many subscribers, and the goal for them in ms. */
const CROWDS = [
  [size(1_000, 20), 100],
  [size(5_000, 40), 250],
] as const;
/** So many connections begin at a time. */
const AT_ONCE = 50;
const CHANGES_PER_SECOND = 200;
const SECONDS = size(20, 2);
const DOCUMENT = "subscription ($id: UUID!) { runChanged(id: $id) { run { status progress { done } } } }";

interface Subscriber {
  readonly runId: string;
  readonly leave: () => unknown;
  /** What the run's counter was last set to, and when; what the client was last told. */
  set: number;
  setAt: number;
  told: number;
}
interface Message {
  readonly runChanged: { readonly run: { readonly progress: { readonly done: number } } };
}

for (const [count, goal] of CROWDS) await measure(count, goal);
process.exit(0);

async function measure(count: number, goal: number): Promise<void> {
  const database = await createDatabase();
  await database.pool.query(
    "insert into app_public.users (username) select 'user' || n from generate_series(1, $1) n",
    [count],
  );
  const { child, url } = await startServer(database);
  const notifier = createChangeNotifier(database.pool, log);
  const delays: number[] = [];
  const { rows } = await database.pool.query<{ id: string; owner_id: string }>("select id, owner_id from steward.runs");
  const subscribers: Subscriber[] = [];
  while (subscribers.length < count) {
    const next = rows.slice(subscribers.length, subscribers.length + AT_ONCE);
    subscribers.push(...(await Promise.all(next.map(({ id, owner_id }) => subscribe(url, id, owner_id, delays)))));
    await waitFor(() => subscribers.every(({ told }) => told === 0), { timeoutMs: 60_000, what: "the first state" });
  }
  console.log(`${count} subscribers have their first state`);

  const say = (when: string, atMost?: number) => report(`${count} subscribers`, when, delays, atMost);
  let changes = 0;
  const began = performance.now();
  let isKilled = false;
  while (performance.now() - began < SECONDS * 1000) {
    const due = Math.floor(((performance.now() - began) / 1000) * CHANGES_PER_SECOND);
    while (changes < due) {
      const subscriber = subscribers[(changes * 7) % count];
      changes++;
      if (subscriber === undefined) continue;
      await change(database.pool, subscriber, changes);
      notifier.note(subscriber.runId);
    }
    if (!isKilled && performance.now() - began > (SECONDS * 1000) / 2) {
      isKilled = true;
      await say("before the listening connection was killed", goal);
      delays.length = 0;
      await killListener(database);
    }
    await sleep(5);
  }
  await say("from the end of the listening connection on");
  await waitFor(() => subscribers.every(({ set, told }) => set === told), {
    timeoutMs: 20_000,
    what: "the final state for all",
  });
  console.log(`all ${count} clients have the final state of their runs (${changes} changes)`);
  await Promise.all(subscribers.map(({ leave }) => leave()));
  child.kill();
  await notifier.stop();
  await database.close();
}

async function startServer(database: TestDatabase): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(new URL("./servers/graphql.ts", import.meta.url), [], {
    env: {
      ...process.env,
      LOG_LEVEL: "error",
      BENCH_OWNER_URL: database.ownerUrl,
      BENCH_API_URL: database.apiUrl,
      BENCH_SECRET: SECRET,
    },
  });
  const [url] = (await once(child, "message")) as [string];
  return { child, url };
}

async function subscribe(url: string, runId: string, userId: string, delays: number[]): Promise<Subscriber> {
  const token = await new SignJWT({ role: "user" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(userId)
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(SECRET));
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
  });
  const subscriber: Subscriber = { runId, leave: () => client.dispose(), set: 0, setAt: 0, told: -1 };
  client.subscribe<Message>(
    { query: DOCUMENT, variables: { id: runId } },
    {
      next({ data }) {
        const done = data?.runChanged.run.progress.done ?? -1;
        if (done > 0 && done === subscriber.set && subscriber.told !== done)
          delays.push(performance.now() - subscriber.setAt);
        subscriber.told = done;
      },
      error: (error) => console.error(error),
      complete: () => undefined,
    },
  );
  return subscriber;
}

async function change(pool: pg.Pool, subscriber: Subscriber, value: number): Promise<void> {
  await pool.query("update steward.runs set status = 'running', done = $2 where id = $1", [subscriber.runId, value]);
  subscriber.set = value;
  subscriber.setAt = performance.now();
}

async function killListener({ superuserUrl }: TestDatabase): Promise<void> {
  const superuser = new pg.Client(superuserUrl);
  await superuser.connect();
  await superuser.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'steward listen'",
  );
  await superuser.end();
}

function report(who: string, when: string, delays: readonly number[], atMost?: number): Promise<void> {
  return tell({
    figure: {
      what: `live status, ${who}, ${CHANGES_PER_SECOND} changes/s, ${when}: change to client, p99`,
      unit: "ms",
      rounds: [at(delays, 0.99)],
      ...(atMost !== undefined && { atMost }),
      detail: `ms p50 / p99 ${percentiles(delays)}, highest ${at(delays, 1).toFixed(0)}`,
    },
  });
}
