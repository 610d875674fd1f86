// What the console asks of the API, over HTTP and a websocket: the overview, stages, filters, and live rows.
import { randomUUID } from "node:crypto";
import { createClient } from "graphql-ws";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import WebSocket from "ws";
import { startApi, type TestApi, token } from "../../helpers/api.ts";

const test = suite("what the console asks");
let api: TestApi;
let admin: string;

test.before(async () => {
  api = await startApi();
  admin = await token("admin");
});
test.after(() => api.close());

/** A user, whose signup is an open run: nobody works here. */
async function signUp(): Promise<{ readonly id: string; readonly run: string }> {
  const id = randomUUID();
  await api.database.pool.query("insert into app_public.users (id, username, email) values ($1::uuid, $2, $3)", [
    id,
    `u${id}`,
    `${id}@example.test`,
  ]);
  const { rows } = await api.database.pool.query<{ id: string }>(
    "select id from steward.runs where subject_id = $1::text",
    [id],
  );
  return { id, run: String(rows[0]?.id) };
}

async function fail(run: string, code = "ST509"): Promise<void> {
  await api.database.pool.query(
    "update steward.steps set status = 'failed', error_code = $2, finished_at = now() where run_id = $1",
    [run, code],
  );
  await api.database.pool.query(
    "update steward.runs set status = 'failed', done = 0, failed = total, error_code = $2, error_message = 'It refuses.', finished_at = now() where id = $1",
    [run, code],
  );
}

interface Row {
  readonly id: string;
  readonly status: string;
}

const OVERVIEW = `{ overview { now openRuns suspendedRuns failedRuns rate oldestReadySeconds lackingTasks
  lanes { name atOnce places running backlog drainSeconds openUntil isProbing errorCode pause { by at reason } }
  lifecycles { kind description open suspended failed pause { reason } } tasks { name lanes lifecycles pause { reason } }
  failures { code message runs lastAt } pace { at done failed } day { at done failed } workers { id host pid startedAt steps jobs }
  lastActs { action actor runs } } }`;

test("an operator sees how the whole stands, with what failed and what no worker has", async () => {
  await api.database.pool.query(
    "insert into steward_private.lane_rates values ('drive', now() - interval '2 hours', 7), ('drive', now() - interval '30 minutes', 4), ('cloud', now() - interval '3 hours', 2)",
  );
  await api.database.pool.query("select steward_private.note_rates('{drive}', '{1}')");
  const { run } = await signUp();
  await signUp();
  await fail(run);
  const { data, errors } = await api.send(admin, OVERVIEW);
  assert.equal(errors, []);
  const { overview } = data;
  assert.ok(Math.abs(Date.parse(overview.now) - Date.now()) < 60_000);
  assert.is(overview.failedRuns, 1);
  assert.is(overview.lifecycles.find(({ kind }: { kind: string }) => kind === "user_signup").failed, 1);
  assert.is(overview.failures[0].code, "ST509");
  assert.is(overview.failures[0].runs, 1);
  assert.is(overview.pace.length, 60);
  assert.is(overview.pace.at(-1).failed + overview.pace.at(-2).failed, 1);
  const doneIn = (parts: { done: number }[]) => parts.reduce((sum, { done }) => sum + done, 0);
  assert.equal([overview.day.length, doneIn(overview.day), doneIn(overview.pace)], [72, 14, 5]);
  assert.is(overview.day.at(-1).failed + overview.day.at(-2).failed, 1);
  const { rows } = await api.database.pool.query("select steps::int from steward_private.day_rates");
  assert.equal(rows, [{ steps: 7 }], "what the hour has no room for is moved");
  assert.equal(
    overview.tasks.find(({ name }: { name: string }) => name === "onboard").lifecycles.includes("user_signup"),
    true,
  );
  assert.ok(overview.lackingTasks.includes("onboard"), overview.lackingTasks.join());
  assert.ok(overview.oldestReadySeconds >= 0);
  assert.ok(overview.lanes.some(({ name }: { name: string }) => name === "drive"));
});

test("a user counts their own runs, and is shown nothing of the rest", async () => {
  const mine = await signUp();
  await signUp();
  const { data, errors } = await api.send(await token("user", mine.id), OVERVIEW);
  assert.equal(errors, []);
  assert.is(data.overview.openRuns, 1);
  assert.is(data.overview.failedRuns, 0);
  for (const part of [
    "rate",
    "oldestReadySeconds",
    "lackingTasks",
    "lanes",
    "lifecycles",
    "tasks",
    "failures",
    "pace",
    "day",
    "workers",
    "lastActs",
  ])
    assert.is(data.overview[part], null, part);
});

test("pauses of a lane and a task and their reasons are in the overview, and what was steered last", async () => {
  await api.database.pool.query("select steward.pause(lane => 'drive', reason => 'it moves house')");
  await api.database.pool.query("select steward.pause(task => 'onboard', reason => 'a new version comes')");
  const { run } = await signUp();
  await api.send(admin, `mutation { cancelRun(input: { id: "${run}" }) { run { id } } }`);
  await new Promise((done) => setTimeout(done, 1_000)); // an overview is kept for a second
  const { data } = await api.send(admin, OVERVIEW);
  const drive = data.overview.lanes.find(({ name }: { name: string }) => name === "drive");
  assert.is(drive.pause.reason, "it moves house");
  const onboard = data.overview.tasks.find(({ name }: { name: string }) => name === "onboard");
  assert.is(onboard.pause.reason, "a new version comes");
  assert.is(data.overview.lastActs[0].action, "cancel");
});

test("an administrator reads page by page who steered what, by actor, act and run; a user does not", async () => {
  const { run } = await signUp();
  const act = (name: string) =>
    api.send(
      admin,
      `mutation { ${name}(input: { filter: { id: "${run}" }, reason: "because of ${name}" }) { total } }`,
    );
  await act("suspendRuns");
  await act("resumeRuns");
  const QUERY = `query ($condition: AuditCondition, $first: Int!, $after: Cursor) {
    audit(condition: $condition, orderBy: [ID_DESC], first: $first, after: $after) {
      nodes { id at actor action target reason runs } pageInfo { hasNextPage endCursor } } }`;
  const read = async (condition: object, first = 10, after: string | null = null) => {
    const { data, errors } = await api.send(admin, QUERY, { condition, first, after });
    assert.equal(errors, []);
    return data.audit;
  };
  const actions = ({ nodes }: { nodes: { action: string }[] }) => nodes.map(({ action }) => action);
  const one = await read({ run }, 1);
  assert.equal(actions(one), ["resume"]);
  const [{ reason, target, actor }] = one.nodes;
  assert.equal([reason, target], ["because of resumeRuns", { run, most: 10_000 }]);
  assert.equal(actions(await read({ run }, 10, one.pageInfo.endCursor)), ["suspend"]);
  assert.equal(actions(await read({ run, action: "suspend", actor: actor.slice(-8).toUpperCase() })), ["suspend"]);
  assert.equal(actions(await read({ run, actor: "nobody of that name" })), []);
  const refused = await api.send(await token("user"), QUERY, { condition: {}, first: 10, after: null });
  assert.is(refused.errors[0]?.extensions.code, "ST102");
  assert.is(
    (await api.send(admin, QUERY, { condition: {}, first: 101, after: null })).errors[0]?.extensions.code,
    "ST107",
  );
});

test("an administrator reads what is amiss, and what was", async () => {
  await api.database.pool.query(
    `insert into steward.alerts (monitor, target, message, ended_at)
     values ('backlog_grows', 'drive', 'It grows.', null), ('slow_runs', 'user_signup', 'They are slow.', now())`,
  );
  const QUERY = `{ raised: alerts(condition: { isRaised: true }) { nodes { monitor target message raisedAt endedAt } }
    ended: alerts(condition: { isRaised: false }) { nodes { monitor } } }`;
  const { data, errors } = await api.send(admin, QUERY);
  assert.equal(errors, []);
  assert.equal([data.raised.nodes.length, data.raised.nodes[0].message], [1, "It grows."]);
  assert.equal(data.ended.nodes, [{ monitor: "slow_runs" }]);
  assert.is((await api.send(await token("user"), QUERY)).errors[0]?.extensions.code, "ST102");
});

test("a run's stages are its steps by name, each with the names before it", async () => {
  const { run } = await signUp();
  const { data, errors } = await api.send(
    admin,
    `{ run(id: "${run}") { stages { name lane isBatch ancestors total queued waiting startedAt } } }`,
  );
  assert.equal(errors, []);
  assert.equal(
    data.run.stages.map(({ name, total, ancestors }: { name: string; total: number; ancestors: string[] }) => [
      name,
      total,
      ancestors,
    ]),
    [
      ["drive_account", 1, []],
      ["onboard", 1, []],
      ["drive_cleanup", 1, ["drive_account"]],
    ],
  );
});

test("runs are narrowed by statuses, code, time, ids and search", async () => {
  const [one, two] = [await signUp(), await signUp()];
  await fail(one.run, "ST777");
  const list = async (condition: string) => {
    const { data, errors } = await api.send(
      admin,
      `{ runs(condition: { kind: "user_signup", ${condition} }, orderBy: [PRIMARY_KEY_DESC]) { nodes { id } } }`,
    );
    assert.equal(errors, []);
    return data.runs.nodes.map(({ id }: { id: string }) => id) as string[];
  };
  assert.equal(await list(`errorCode: "ST777"`), [one.run]);
  assert.ok((await list("statuses: [pending, running]")).includes(two.run));
  assert.not.ok((await list("statuses: [pending, running]")).includes(one.run));
  assert.equal(await list(`ids: ["${two.run}"]`), [two.run]);
  assert.equal(await list(`search: "${two.id.slice(0, 13)}"`), [two.run]);
  assert.equal(await list(`search: "${one.run}"`), [one.run]);
  const soon = new Date(Date.now() + 60_000).toISOString();
  const lately = new Date(Date.now() - 60_000).toISOString();
  assert.equal(await list(`createdAfter: "${soon}"`), []);
  assert.ok((await list(`createdAfter: "${lately}", createdBefore: "${soon}"`)).includes(two.run));
  assert.equal(await list(`createdBefore: "${lately}"`), []);
  for (const never of ["infinity", "294276-12-31T23:59:59Z"]) assert.equal(await list(`createdAfter: "${never}"`), []);
  assert.ok((await list(`createdAfter: "-infinity", createdBefore: "infinity"`)).includes(two.run));
});

test("steps of a run are narrowed by statuses", async () => {
  const { run } = await signUp();
  await api.database.pool.query(
    "update steward.steps set status = 'failed', error_code = 'ST509', finished_at = now() where run_id = $1 and name = 'onboard'",
    [run],
  );
  const list = async (statuses: string) => {
    const { data, errors } = await api.send(
      admin,
      `{ steps(condition: { runId: "${run}", statuses: [${statuses}] }) { nodes { name } } }`,
    );
    assert.equal(errors, []);
    return data.steps.nodes.map(({ name }: { name: string }) => name) as string[];
  };
  assert.equal(await list("failed"), ["onboard"]);
  assert.equal(await list("succeeded"), []);
  assert.not.ok((await list("queued, waiting")).includes("onboard"));
});

test("live, for as long as one listens: the overview within a second of a change, and those rows that changed", async () => {
  const [one, two] = [await signUp(), await signUp()];
  const { now } = performance;
  const client = createClient({
    url: `${api.url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${admin}` },
  });
  try {
    const rows = client.iterate<{ runsChanged: { reason: string; runs: ({ id: string; status: string } | null)[] } }>({
      query: "subscription ($ids: [UUID!]!) { runsChanged(ids: $ids) { reason runs { id status } } }",
      variables: { ids: [one.run, two.run, randomUUID()] },
    });
    const first = (await rows.next()).value?.data?.runsChanged;
    assert.is(first?.reason, "INITIAL");
    assert.equal(first?.runs.map((run: Row | null) => run?.id).sort(), [one.run, two.run, undefined].sort());
    const overviews = client.iterate<{ overviewChanged: { openRuns: number } }>({
      query: "subscription { overviewChanged { openRuns } }",
    });
    await overviews.next();
    // A minute later, which is longer than a query may take.
    performance.now = () => now.call(performance) + 60_000;
    await api.send(admin, `mutation { cancelRun(input: { id: "${two.run}" }) { run { id } } }`);
    const changed = (await rows.next()).value?.data?.runsChanged;
    assert.equal(
      changed?.runs.map((run: Row | null) => [run?.id, run?.status]),
      [[two.run, "cancelled"]],
    );
    const { rows: counts } = await api.database.pool.query<{ open: number }>(
      "select count(*)::int as open from steward.runs where status in ('pending', 'running', 'suspended')",
    );
    // What was read up to a second ago may come first.
    let open: number | undefined;
    while (open !== counts[0]?.open) open = (await overviews.next()).value?.data?.overviewChanged.openRuns;
    const many = client.iterate({
      query: "subscription ($ids: [UUID!]!) { runsChanged(ids: $ids) { reason } }",
      variables: { ids: Array.from({ length: 101 }, () => randomUUID()) },
    });
    const deep = client.iterate({
      query:
        "subscription ($ids: [UUID!]!) { runsChanged(ids: $ids) { runs { steps(first: 100) { nodes { run { steps(first: 100) { nodes { id } } } } } } } }",
      variables: { ids: [one.run, ...Array.from({ length: 99 }, () => randomUUID())] },
    });
    assert.match(JSON.stringify((await deep.next().catch((error: unknown) => error)) ?? ""), /ST106/);
    const wide = client.iterate({
      query:
        "subscription ($ids: [UUID!]!) { runsChanged(ids: $ids) { runs { a: steps(first: 100) { nodes { id } } b: steps(first: 100) { nodes { id } } } } }",
      variables: { ids: [one.run, ...Array.from({ length: 99 }, () => randomUUID())] },
    });
    assert.match(JSON.stringify((await wide.next().catch((error: unknown) => error)) ?? ""), /ST106/);
    assert.match(JSON.stringify((await many.next().catch((error: unknown) => error)) ?? ""), /ST107/);
  } finally {
    performance.now = now;
    await client.dispose();
  }
});

test.run();
