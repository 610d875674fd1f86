// What a server and a worker tell to Prometheus, and that the rules and the dashboard ask for nothing else.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { choosePort } from "steward/embedded/ports";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { startApi, type TestApi } from "../helpers/api.ts";
import { waitFor } from "../helpers/database.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded, joined, signUp } from "../helpers/workers.ts";

const test = suite("metrics");
let api: TestApi;
let providers: TestProviders;
let worker: TestWorker;
let ofWorker: string;

test.before(async () => {
  [api, providers] = await Promise.all([startApi(), startProviders()]);
  const port = await choosePort(undefined);
  ofWorker = `http://127.0.0.1:${port}/metrics`;
  const { ownerUrl: databaseUrl, apiUrl, pool } = api.database;
  worker = startWorker({ databaseUrl, apiUrl, env: { ...providers.env, METRICS_PORT: String(port) } });
  await joined(pool, worker);
  await signUp(pool, 3);
  await allSucceeded(pool);
});
test.after(async () => {
  await worker.stop();
  await Promise.all([api.close(), providers.close()]);
});

async function scrape(url: string): Promise<string> {
  return (await fetch(url)).text();
}

test("a worker counts its attempts and tells of the database; so does a server of the latter", async () => {
  await waitFor(async () => (await scrape(ofWorker)).includes('lifecycle="user_signup",step="drive_cleanup"'));
  const text = await scrape(ofWorker);
  assert.match(text, /^steward_attempts_total\{lifecycle="user_signup",step="drive_account",outcome="succeeded"\} 3$/m);
  assert.match(text, /^steward_workers 1$/m);
  for (const line of [/^steward_workers 1$/m, /^steward_backlog_steps\{lane="drive"\} 0$/m])
    await waitFor(async () => line.test(await scrape(`${api.url}/metrics`)));
});

test("what waits, fails and is in trouble shows", async () => {
  const { pool } = api.database;
  const { rows } = await pool.query("select status from steward.runs");
  assert.is(rows.length, 3);
  await worker.stop();
  await pool.query("insert into app_public.users (username) select 'crowd ' || n from generate_series(1, 50) n");
  await pool.query(
    "update steward.lanes set open_until = now() + interval '1 hour', failures = 7 where name = 'drive'",
  );
  const shown = (line: RegExp) => waitFor(async () => line.test(await scrape(`${api.url}/metrics`)));
  await shown(/^steward_workers 0$/m);
  await shown(/^steward_open_runs\{status="pending",lifecycle="user_signup"\} 50$/m);
  await shown(/^steward_backlog_steps\{lane="drive"\} 50$/m);
  await shown(/^steward_lane_open\{lane="drive"\} 1$/m);
  await shown(/^steward_lane_failures\{lane="drive"\} 7$/m);
});

test("rules and dashboard ask for what there is", async () => {
  const known = new Set(
    [...(await scrape(`${api.url}/metrics`)).matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [String(name)],
    ),
  );
  const rules = parse(read("prometheus/steward.rules.yaml")).groups.flatMap((group: { rules: unknown }) => group.rules);
  const { panels } = JSON.parse(read("grafana/steward.json"));
  const expressions: string[] = [
    ...rules.map(({ expr }: { expr: string }) => expr),
    ...panels.flatMap(({ targets }: { targets: { expr: string }[] }) => targets.map(({ expr }) => expr)),
  ];
  assert.ok(expressions.length > 20);
  for (const expression of expressions)
    for (const [name] of expression.matchAll(/\b(?:steward|nodejs|process)_\w+/g))
      assert.ok(known.has(name), `${name} in ${expression}`);
});

test("each alert is in docs/operate.md", () => {
  const operate = readFileSync(join(import.meta.dirname, "../../docs/operate.md"), "utf8");
  for (const [, name] of read("prometheus/steward.rules.yaml").matchAll(/alert: (\w+)/g))
    assert.ok(operate.includes(`\`${name}\``), name);
});

function read(name: string): string {
  return readFileSync(join(import.meta.dirname, "../../deploy", name), "utf8");
}

test.run();
