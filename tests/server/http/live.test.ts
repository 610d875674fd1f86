// Live status over websockets: the present state first, then each change, for those who may see it, as long as their token lasts.
import { once } from "node:events";
import { type Client, createClient } from "graphql-ws";
import pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import WebSocket from "ws";
import { startApi, type TestApi, token } from "../../helpers/api.ts";
import { type Cast, castOf } from "../../helpers/cast.ts";
import { waitFor } from "../../helpers/database.ts";

const test = suite("live status");
let api: TestApi;
let cast: Cast;
let superuser: pg.Client;
const clients: Client[] = [];

test.before(async () => {
  api = await startApi();
  cast = await castOf(api.database.pool);
  superuser = new pg.Client(api.database.superuserUrl);
  await superuser.connect();
});
test.after(async () => {
  for (const client of clients) await client.dispose();
  await superuser.end();
  await api.close();
});

interface Event {
  readonly reason: string;
  readonly run?: { readonly status: string; readonly progress: { readonly done: number } } | null;
  readonly project?: { readonly status: string } | null;
}

interface Watch {
  readonly events: Event[];
  readonly codes: unknown[];
  last(): Event | undefined;
  /** Whether the server has ended it. */
  isOver(): boolean;
}

function connect(bearer: string, url = api.url): Client {
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${bearer}` },
    retryAttempts: 0,
  });
  clients.push(client);
  return client;
}

const SELECTIONS = { runChanged: "run { status progress { done } }", projectChanged: "project { status }" };

function watch(client: Client, field: keyof typeof SELECTIONS, id: string, selection = SELECTIONS[field]): Watch {
  const [events, codes]: [Event[], unknown[]] = [[], []];
  let isOver = false;
  client.subscribe<Record<string, Event>>(
    { query: `subscription ($id: UUID!) { ${field}(id: $id) { reason ${selection} } }`, variables: { id } },
    {
      next: ({ data, errors }) => {
        const event = data?.[field];
        if (event) events.push(event);
        for (const { extensions } of errors ?? []) codes.push(extensions?.["code"]);
      },
      error: (error) => void codes.push(Array.isArray(error) ? error[0]?.extensions?.code : error),
      complete: () => {
        isOver = true;
      },
    },
  );
  return { events, codes, last: () => events.at(-1), isOver: () => isOver };
}

/** As a worker does: change, commit, tell. */
async function change(runId: string, sql: string, projectId?: string): Promise<void> {
  await api.database.pool.query(sql, [runId]);
  await api.database.pool.query("select pg_notify('run_changed', $1)", [projectId ? `${runId}/${projectId}` : runId]);
}

const SET_DONE = (done: number) => `update steward.runs set status = 'running', done = ${done} where id = $1`;

test("the present state first, then each change", async () => {
  const seen = watch(connect(await token("user", cast.ada.id)), "runChanged", cast.ada.runId);
  await waitFor(() => seen.events.length >= 1);
  assert.equal(seen.events[0], { reason: "INITIAL", run: { status: "pending", progress: { done: 0 } } });
  await change(cast.ada.runId, SET_DONE(1));
  await waitFor(() => seen.last()?.run?.progress.done === 1);
  assert.is(seen.last()?.reason, "CHANGED");
});

test("many changes become at most ten events a second, the last of them the final state", async () => {
  const seen = watch(connect(await token("user", cast.ada.id)), "runChanged", cast.ada.runId);
  await waitFor(() => seen.events.length >= 1);
  const began = performance.now();
  for (let n = 0; n < 60; n++) await change(cast.ada.runId, SET_DONE(n % 2));
  await change(cast.ada.runId, SET_DONE(3));
  await waitFor(() => seen.last()?.run?.progress.done === 3);
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seen.events.length - 1 <= Math.ceil(seconds * 10) + 1, `${seen.events.length} events in ${seconds} s`);
});

test("a project's subscribers hear of its runs, and of its own changes", async () => {
  const seen = watch(connect(await token("user", cast.ada.id)), "projectChanged", cast.ada.projectId);
  await waitFor(() => seen.events.length >= 1);
  assert.is(seen.last()?.project?.status, "provisioning");
  const suspend = `mutation { suspendProject(input: { id: "${cast.ada.projectId}" }) { project { status } } }`;
  await api.send(await token("user", cast.ada.id), suspend);
  await waitFor(() => seen.last()?.project?.status === "suspended");
  await change(
    cast.ada.projectRunId,
    "update app_public.projects set status = 'active' where id = (select scope_id::uuid from steward.runs where id = $1)",
    cast.ada.projectId,
  );
  await waitFor(() => seen.last()?.project?.status === "active");
});

test("who may not see it cannot subscribe; who may not see it any more gets null once, and nothing after, whatever they selected", async () => {
  const bob = watch(connect(await token("user", cast.bob.id)), "runChanged", cast.ada.runId);
  await waitFor(() => bob.codes.length > 0);
  assert.equal(bob.codes, ["ST110"]);
  const ada = watch(connect(await token("user", cast.ada.id)), "runChanged", cast.ada.runId);
  const ticks = watch(connect(await token("user", cast.ada.id)), "runChanged", cast.ada.runId, "");
  await waitFor(() => ada.events.length >= 1 && ticks.events.length >= 1);
  await change(cast.ada.runId, `update steward.runs set owner_id = '${cast.bob.id}' where id = $1`);
  await waitFor(() => ada.last()?.run === null);
  assert.equal(ada.last(), { reason: "CHANGED", run: null });
  await waitFor(() => ada.isOver() && ticks.isOver());
  assert.equal(ticks.events, [{ reason: "INITIAL" }, { reason: "CHANGED" }]);
  await api.database.pool.query("update steward.runs set owner_id = $1 where id = $2", [cast.ada.id, cast.ada.runId]);
});

test("the listening connection killed: nobody loses the state it has afterwards", async () => {
  const seen = watch(connect(await token("user", cast.ada.id)), "runChanged", cast.ada.runId);
  await waitFor(() => seen.events.length >= 1);
  await superuser.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'steward listen' and datname = current_database()",
  );
  // Told of to nobody: the connection is down, or this change came before it was back.
  await api.database.pool.query("update steward.runs set done = 2 where id = $1", [cast.ada.runId]);
  await waitFor(() => seen.last()?.run?.progress.done === 2);
  await waitFor(async () => {
    await change(cast.ada.runId, SET_DONE(1));
    return seen.last()?.run?.progress.done === 1;
  });
});

test("a change in plain SQL that nobody told of is seen all the same", async () => {
  const seen = watch(connect(await token("user", cast.ada.id)), "runChanged", cast.ada.runId);
  await waitFor(() => seen.events.length >= 1);
  await api.database.pool.query("update steward.runs set status = 'suspended' where id = $1", [cast.ada.runId]);
  await waitFor(() => seen.last()?.run?.status === "suspended", { timeoutMs: 15_000 });
});

async function closedWith(bearer: string): Promise<number> {
  const client = connect(bearer);
  return new Promise((resolve) => {
    client.on("closed", (event) => resolve((event as { code: number }).code));
    client.subscribe(
      { query: "{ __typename }" },
      { next: () => undefined, error: () => undefined, complete: () => undefined },
    );
  });
}

test("a connection without a valid token is closed with 4401", async () => {
  assert.is(await closedWith("x.y.z"), 4401);
  assert.is(await closedWith(await token("user", cast.ada.id, { seconds: -60 })), 4401);
});

test("a connection ends with its token", async () => {
  const client = connect(await token("user", cast.ada.id, { seconds: 2 }));
  const seen = watch(client, "runChanged", cast.ada.runId);
  const code = await new Promise((resolve) =>
    client.on("closed", (event) => resolve((event as { code: number }).code)),
  );
  assert.is(code, 4401);
  assert.is(seen.events[0]?.reason, "INITIAL");
});

test("a message that is too large closes the connection", async () => {
  const client = connect(await token("user", cast.ada.id));
  const closed = new Promise((resolve) => client.on("closed", (event) => resolve((event as { code: number }).code)));
  client.subscribe(
    { query: `{ __typename } # ${"x".repeat(200_000)}` },
    { next: () => undefined, error: () => undefined, complete: () => undefined },
  );
  assert.is(await closed, 1009);
});

test("queries over a websocket have the same bounds and codes as over HTTP", async () => {
  const client = connect(await token("user", cast.ada.id));
  const ask = async (query: string) => {
    try {
      for await (const { errors } of client.iterate({ query })) return errors?.[0]?.extensions?.["code"];
    } catch (errors) {
      return (errors as { extensions?: { code?: string } }[])[0]?.extensions?.code;
    }
    return undefined;
  };
  assert.is(
    await ask("{ users(first: 100) { nodes { runs(first: 100) { nodes { steps(first: 100) { nodes { id } } } } } } }"),
    "ST106",
  );
  assert.is(await ask("{ nothing }"), "ST109");
  assert.is(await ask('mutation { createUser(input: { username: "x" }) { user { id } } }'), "ST102");
});

test("waitMs: the answer comes when the run ends, or the time is up", async () => {
  const ada = await token("user", cast.ada.id);
  const create = "mutation ($input: CreateProjectInput!) { createProject(input: $input) { run { id status } } }";
  const began = performance.now();
  const late = await api.send(ada, create, { input: { name: "late", waitMs: 300 } });
  assert.is(late.data.createProject.run.status, "pending");
  assert.ok(performance.now() - began >= 300);

  const waiting = api.send(ada, create, { input: { name: "soon", waitMs: 20_000 } });
  const runId = await waitFor(async () => {
    const { rows } = await api.database.pool.query<{ id: string }>(
      "select r.id from steward.runs r join app_public.projects p on p.id::text = r.subject_id where p.name = 'soon' and r.kind = 'project_provisioning'",
    );
    return rows[0]?.id;
  });
  await change(runId, "update steward.runs set status = 'succeeded', finished_at = now() where id = $1");
  const { data } = await waiting;
  assert.is(data.createProject.run.status, "succeeded");
  assert.ok(performance.now() - began < 10_000);
});

test("while the database is gone requests are 503 with a code, and afterwards all goes on", async () => {
  const ada = await token("user", cast.ada.id);
  const elsewhere = await startApi({}, api.database);
  try {
    const seen = watch(connect(ada, elsewhere.url), "runChanged", cast.ada.runId);
    await waitFor(() => seen.events.length >= 1);
    await allowConnections(false);
    await superuser.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'steward_api' and datname = current_database()",
    );
    const gone = await elsewhere.send(ada, "{ currentUser { id } }");
    assert.is(gone.status, 503);
    assert.is(gone.errors[0]?.extensions["code"], "ST901");
    assert.is((await fetch(`${elsewhere.url}/readyz`)).status, 503);
    assert.is((await fetch(`${elsewhere.url}/healthz`)).status, 200);
    await allowConnections(true);
    await waitFor(async () => (await elsewhere.send(ada, "{ currentUser { id } }")).status === 200);
    await waitFor(async () => (await fetch(`${elsewhere.url}/readyz`)).status === 200);
    await waitFor(() => seen.last()?.reason === "RESYNC");
  } finally {
    await elsewhere.close();
  }
});

/** From another database: one cannot lock oneself out. */
async function allowConnections(allowed: boolean): Promise<void> {
  const url = new URL(api.database.superuserUrl);
  const name = url.pathname.slice(1);
  url.pathname = "/postgres";
  const outside = new pg.Client(url.href);
  await outside.connect();
  await outside.query(`alter database ${name} with allow_connections ${allowed}`).finally(() => outside.end());
}

test("a subject has so many sockets and no more", async () => {
  const bearer = await token("user", cast.bob.id);
  const opened = await Promise.all(
    Array.from({ length: 21 }, async () => {
      const socket = new WebSocket(`${api.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
      await once(socket, "open");
      socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${bearer}` } }));
      const code = await Promise.race([
        once(socket, "message").then(() => undefined),
        once(socket, "close").then(([code]) => code),
      ]);
      return { socket, code };
    }),
  );
  assert.equal(
    opened.map(({ code }) => code).filter((code) => code !== undefined),
    [1013],
  );
  for (const { socket } of opened) socket.terminate();
});

test("a client that does not answer holds up no stop", async () => {
  const stopping = await startApi({}, api.database);
  const socket = new WebSocket(`${stopping.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  await once(socket, "open");
  socket.pause();
  const began = performance.now();
  await stopping.close();
  socket.terminate();
  assert.ok(performance.now() - began < 10_000);
});

test("an address that opens too many sockets is refused", async () => {
  const strict = await startApi({ RATE_LIMIT: "1", TRUST_PROXY: "1" }, api.database);
  const status = (address: string) =>
    new Promise<number>((resolve) => {
      const socket = new WebSocket(`${strict.url.replace("http", "ws")}/graphql`, "graphql-transport-ws", {
        headers: { "x-forwarded-for": `198.51.100.1, ${address}` },
      });
      socket.once("open", () => {
        resolve(101);
        socket.terminate();
      });
      socket.once("unexpected-response", (_request, { statusCode }) => resolve(statusCode ?? 0));
      socket.on("error", () => undefined);
    });
  const statuses = await Promise.all(Array.from({ length: 100 }, () => status("203.0.113.1")));
  assert.equal([...new Set(statuses)].sort(), [101, 429]);
  assert.is(await status("203.0.113.2"), 101);
  await strict.close();
});

test.run();
