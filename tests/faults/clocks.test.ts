// test-timeout: 180
// Workers whose clocks are wrong: the database's clock is the only one that counts.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PROJECT_ROOT } from "../../server/config.ts";
import { createDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders } from "../helpers/provider.ts";
import { startWorker } from "../helpers/worker.ts";
import { allSucceeded, joined, signUp } from "../helpers/workers.ts";

const test = suite("clocks");
const HOUR_MS = 3_600_000;

for (const [where, offset] of [
  ["ahead", HOUR_MS],
  ["behind", -HOUR_MS],
] as const)
  test(`a worker whose clock is an hour ${where} does single work, bulk work and retries like any other`, async () => {
    const [database, providers] = await Promise.all([createDatabase(), startProviders()]);
    const { pool } = database;
    const worker = startWorker({
      databaseUrl: database.ownerUrl,
      apiUrl: database.apiUrl,
      env: providers.env,
      clockOffsetMs: offset,
    });
    await joined(pool, worker);
    await waitFor(() => logsTheTime(worker.log(), offset), { timeoutMs: 10_000, what: "a line of a wrong clock" });
    providers.drive.faults.add({ kind: "throttle", retryAfterSeconds: 1, times: 2 });
    const [creator] = await signUp(pool, 3);
    await pool.query("insert into app_public.users (username) select 'bulk ' || i from generate_series(1, 60) as i");
    await pool.query("insert into app_public.projects (name, created_by) values ('a project', $1)", [creator]);
    await allSucceeded(pool);
    assert.equal((await pool.query("select * from graphile_worker.jobs where run_at > now()")).rows, []);
    assert.equal(await violations(pool), []);
    await worker.stop();
    await Promise.all([providers.close(), database.close()]);
  });

/** Where a process looks at its own clock, and why that harms nobody. */
const READERS: Readonly<Record<string, string>> = {
  "bench/helpers/report.ts": "the day of a measurement",
  "bench/pressure/load.ts": "when a job was asked for, told to a worker of the same machine",
  "bench/pressure/work.ts": "how long ago that was",
  "packages/steward/src/cli/commands/tail.ts": "the database's time, put back by some seconds",
  "packages/steward/src/doctor/server.ts": "how far it is from the database's",
  "packages/steward/src/engine/monitors.ts": "the time that a webhook is signed with",
  "packages/steward/src/http/protocol.ts": "when a token expires",
  "packages/steward/src/http/status/index.ts": "when a token expires",
  "packages/steward/src/http/status/wait.ts": "when a token expires",
  "packages/steward/src/http/token-cache.ts": "how long it remembers",
  "packages/steward/src/http/tokens.ts": "the issuer's time, out of a token",
  "server/http/log-in.ts": "how long it remembers",
  "server/providers/zcompute/iam.ts": "the time that a request is signed with",
  "server/providers/zcompute/session.ts": "a one-time password, and when a token expires",
};

test("no other source looks at the clock of its process, so that no such time comes into SQL", () => {
  const sources = globSync("{packages/*/src,server,tasks,scripts,bench}/**/*.ts", { cwd: PROJECT_ROOT }).filter(
    (file) => !/\/(embedded|node_modules)\//.test(file), // programs of their own, which our SQL hears nothing from
  );
  assert.ok(sources.length > 100);
  const found = sources.filter((file) =>
    /\bnew Date\(|\bDate\(\)|\bDate\.now\b|\buseNodeTime\b/.test(readFileSync(join(PROJECT_ROOT, file), "utf8")),
  );
  assert.equal(found.toSorted(), Object.keys(READERS));
});

test.run();

function logsTheTime(log: string, offset: number): boolean {
  const [, time] = /"time":"([^"]+)"/.exec(log) ?? [];
  return Math.abs(Date.parse(time ?? "") - Date.now() - offset) < HOUR_MS / 2;
}
