// The server around GraphQL: what operators look at, what browsers are told, and how it ends.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { StewardError } from "steward/errors";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startApi, type TestApi, token } from "../../helpers/api.ts";
import { layCable } from "../../helpers/cable.ts";
import { castOf } from "../../helpers/cast.ts";
import { waitFor } from "../../helpers/database.ts";

const test = suite("server");
let api: TestApi;

test.before(async () => {
  api = await startApi({ CORS_ORIGINS: "https://app.example.test" });
});
test.after(() => api.close());

test("/healthz, /readyz, /metrics and / answer without a token", async () => {
  const read = async (path: string) => {
    const response = await fetch(api.url + path);
    return { status: response.status, text: await response.text() };
  };
  assert.equal(await read("/healthz"), { status: 200, text: '{"status":"alive"}' });
  const ready = await read("/readyz");
  assert.is(ready.status, 200);
  const { database, migrated, workers } = JSON.parse(ready.text);
  assert.equal({ database, migrated, workers }, { database: true, migrated: true, workers: 0 });
  assert.match((await read("/metrics")).text, /^steward_ready 1$/m);
  assert.match((await read("/")).text, /<div id="root">/);
});

test("a database without this code's newest migration: not ready, and a server does not start", async () => {
  const { pool } = api.database;
  const { rows } = await pool.query(
    "delete from app_migrations.applied where name = (select max(name) from app_migrations.applied where kind = 'migration') returning *",
  );
  // Probes are told what was so a second ago.
  const status = () => fetch(`${api.url}/readyz`).then((response) => response.status);
  await waitFor(async () => (await status()) === 503);
  const started = await startApi({}, api.database).catch((error: unknown) => error);
  await pool.query(
    "insert into app_migrations.applied select * from json_populate_recordset(null::app_migrations.applied, $1)",
    [JSON.stringify(rows)],
  );
  await waitFor(async () => (await status()) === 200);
  assert.is((started as StewardError).code, "ST828");
});

test("a server whose work nobody does is not ready, after a while that can be set", async () => {
  const strict = await startApi({ READY_WORKERLESS_SECONDS: "1", READY_LAG_SECONDS: "0" }, api.database);
  const lagging = await startApi({ READY_WORKERLESS_SECONDS: "0", READY_LAG_SECONDS: "100" }, api.database);
  try {
    const answer = async (url: string) => {
      const response = await fetch(`${url}/readyz`);
      return [response.status, ((await response.json()) as { reason?: string }).reason?.replace(/\d+ s/, "n s")];
    };
    assert.equal(await answer(lagging.url), [200, undefined]);
    await waitFor(async () => (await answer(strict.url))[0] === 503);
    assert.equal(await answer(strict.url), [503, "no worker for n s; READY_WORKERLESS_SECONDS is 1"]);
    assert.is((await fetch(`${strict.url}/healthz`)).status, 200);
    await api.database.pool.query(
      "select graphile_worker.add_job('nobody_has_this', run_at => now() - interval '101 seconds')",
    );
    await waitFor(async () => (await answer(lagging.url))[0] === 503);
    assert.equal(await answer(lagging.url), [503, "the oldest job has waited for n s; READY_LAG_SECONDS is 100"]);
    await api.database.pool.query("delete from graphile_worker._private_jobs");
    await waitFor(async () => (await answer(lagging.url))[0] === 200);
  } finally {
    await Promise.all([strict.close(), lagging.close()]);
  }
});

test("answers carry the headers that keep browsers safe, and an id that the log has", async () => {
  const { headers } = await api.send(await token("admin"), "{ __typename }");
  assert.is(headers.get("x-content-type-options"), "nosniff");
  assert.is(headers.get("cache-control"), "no-store");
  assert.match(headers.get("x-request-id") ?? "", /^[\da-f-]{36}$/);
  assert.is((await fetch(`${api.url}/`)).headers.get("x-frame-options"), "DENY");
});

test("browsers of the configured origins may ask, others not", async () => {
  const preflight = (origin: string) =>
    fetch(`${api.url}/graphql`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
    });
  const ours = await preflight("https://app.example.test");
  assert.is(ours.headers.get("access-control-allow-origin"), "https://app.example.test");
  assert.match(ours.headers.get("access-control-allow-headers") ?? "", /authorization/);
  assert.is((await preflight("https://elsewhere.example.test")).headers.get("access-control-allow-origin"), null);
});

test("with persisted operations only these are answered", async () => {
  const folder = mkdtempSync(join(tmpdir(), "steward-test-"));
  const file = join(folder, "operations.json");
  writeFileSync(file, JSON.stringify({ me: "{ currentUser { id } }" }));
  const strict = await startApi({ PERSISTED_OPERATIONS: file });
  try {
    const post = async (body: object) => {
      const headers = { "content-type": "application/json", authorization: `Bearer ${await token("admin")}` };
      const response = await fetch(`${strict.url}/graphql`, { method: "POST", headers, body: JSON.stringify(body) });
      return {
        status: response.status,
        ...((await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] }),
      };
    };
    assert.equal((await post({ documentId: "me" })).data, { currentUser: null });
    const refused = await post({ query: "{ currentUser { id } }" });
    assert.equal([refused.status, refused.errors?.[0]?.extensions.code], [400, "ST112"]);
    for (const documentId of ["other", 1, { toString: 0 }, [], true])
      assert.is((await post({ documentId })).errors?.[0]?.extensions.code, "ST112");
  } finally {
    await strict.close();
    rmSync(folder, { recursive: true });
  }
});

test("a statement that takes too long is cancelled in Postgres, and the request told so", async () => {
  const cast = await castOf(api.database.pool);
  const blocker = new pg.Client(api.database.ownerUrl);
  await blocker.connect();
  await blocker.query("begin; lock table app_public.labels in access exclusive mode");
  try {
    const began = performance.now();
    const { errors } = await api.send(await token("user", cast.ada.id), "{ labels { nodes { id } } }");
    assert.is(errors[0]?.extensions["code"], "ST111");
    assert.ok(performance.now() - began < 7_000);
  } finally {
    await blocker.end();
  }
});

test("a network that swallows everything: requests are told so, connections given up, and a stop is not held up", async () => {
  const cable = await layCable(api.database.apiUrl);
  const far = await startApi({}, { ...api.database, apiUrl: cable.url });
  const bearer = await token("user", randomUUID());
  const ask = async () => (await far.send(bearer, "{ currentUser { id } }")).errors[0]?.extensions["code"];
  assert.is(await ask(), undefined);
  cable.cut();
  assert.equal([...new Set(await Promise.all(Array.from({ length: 12 }, ask)))], ["ST901"]);
  cable.mend();
  assert.is(await ask(), undefined);
  cable.cut();
  const waiting = ask();
  const began = performance.now();
  await far.close();
  assert.ok(performance.now() - began < 20_000);
  await waiting.catch(() => undefined);
  await cable.close();
});

test("closing answers those who wait, at once", async () => {
  const closing = await startApi({}, api.database);
  const ada = await token("admin");
  const waiting = closing.send(
    ada,
    'mutation { createProject(input: { name: "waits", waitMs: 30000 }) { run { status } } }',
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  const began = performance.now();
  const [answer] = await Promise.all([waiting, closing.close()]);
  assert.equal(answer.data, { createProject: { run: { status: "pending" } } });
  assert.ok(performance.now() - began < 5_000);
});

test.run();
